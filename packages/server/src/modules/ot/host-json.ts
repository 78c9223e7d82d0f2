import { type RawBuilder, sql } from "kysely";

function isoTime(column: string): RawBuilder<string> {
  return sql`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/**
 * A host in the API's shape (ot.md 1.2), both versions, as PostgreSQL builds it from `ot_host h` and `asset a`: the rows
 * of a page never become objects here. Records instead of json_build_object, whose JSON has blanks; records of stored
 * lists too, because jsonb keeps its own order of members.
 */
export const hostJson: RawBuilder<unknown> = sql`(SELECT row_to_json(host) FROM (SELECT
  h.asset_id AS "assetId", a.uuid AS "assetUuid", a.name,
  ARRAY(SELECT host(x) FROM unnest(a.ip_addresses) AS x) AS "ipAddress", a.mac_addresses AS "macAddress",
  (SELECT hardware FROM (SELECT h.manufacturer, h.type, h.category, h.family, h.model, h.order_number AS "orderNumber",
     h.catalog_number AS "catalogNumber", h.serial_number AS "serialNumber", h.firmware_version AS "firmwareVersion",
     h.hardware_revision AS "hardwareRevision") AS hardware) AS hardware,
  a.operating_system AS "operatingSystem", h.purdue_level AS "purdueLevel",
  ARRAY(SELECT v FROM jsonb_to_recordset(h.inventory) AS v(source text, created text, "lastUpdated" text)) AS inventory,
  ARRAY(SELECT i FROM (
    SELECT e.address, e."macAddress", e.protocol,
           (SELECT t FROM (SELECT e.transport ->> 'protocol' AS protocol) AS t) AS transport, e.port
    FROM jsonb_to_recordset(h.interfaces)
      AS e(address text, "macAddress" text, protocol text, transport jsonb, port integer)) AS i) AS interfaces,
  ARRAY(SELECT m FROM jsonb_to_recordset(h.modules) AS m(rack integer, slot integer, manufacturer text, type text,
    category text, family text, model text, "orderNumber" text, "catalogNumber" text, "serialNumber" text,
    "firmwareVersion" text, "hardwareRevision" text, "hostAddress" text)) AS modules,
  ARRAY(SELECT f FROM (SELECT DISTINCT p.id, p.name FROM ot_project_file_asset n
    JOIN ot_project_file p ON p.subscription_id = n.subscription_id AND p.id = n.project_file_id
    WHERE n.subscription_id = h.subscription_id AND n.asset_id = h.asset_id ORDER BY p.name, p.id) AS f) AS "projectFiles",
  a.risk, a.criticality, a.finding_count AS "vulnerabilityCount",
  ARRAY(SELECT t.name FROM tag t WHERE t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)
        ORDER BY lower(t.name)) AS tags,
  ${isoTime("a.created_at")} AS created, ${isoTime("a.updated_at")} AS "lastUpdated") AS host)`;
