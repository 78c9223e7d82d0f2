import { type RawBuilder, sql } from "kysely";

function isoTime(column: string): RawBuilder<string> {
  return sql`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * A host in the API's shape (ot.md 1.2), both versions, as PostgreSQL builds it from `ot_host h` and `asset a`: the rows
 * of a page never become objects here.
 */
export const hostJson: RawBuilder<unknown> = sql`json_build_object(
  'assetId', h.asset_id, 'assetUuid', a.uuid, 'name', a.name,
  'ipAddress', ARRAY(SELECT host(x) FROM unnest(a.ip_addresses) AS x), 'macAddress', a.mac_addresses,
  'hardware', json_build_object(
    'manufacturer', h.manufacturer, 'type', h.type, 'category', h.category, 'family', h.family, 'model', h.model,
    'orderNumber', h.order_number, 'catalogNumber', h.catalog_number, 'serialNumber', h.serial_number,
    'firmwareVersion', h.firmware_version, 'hardwareRevision', h.hardware_revision),
  'operatingSystem', a.operating_system, 'purdueLevel', h.purdue_level, 'inventory', h.inventory,
  'interfaces', h.interfaces, 'modules', h.modules, 'projectFiles', '[]'::json,
  'risk', a.risk, 'criticality', a.criticality, 'vulnerabilityCount', a.finding_count,
  'tags', ARRAY(SELECT t.name FROM tag t WHERE t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)
                ORDER BY lower(t.name)),
  'created', ${isoTime("a.created_at")}, 'lastUpdated', ${isoTime("a.updated_at")})`;
