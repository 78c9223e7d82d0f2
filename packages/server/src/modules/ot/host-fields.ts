import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { FieldColumn, FieldColumns, FieldMap } from "../../db/query/index.ts";

function keyword(column: RawBuilder<unknown>): FieldColumn {
  return { kind: "keyword", column };
}

function text(column: RawBuilder<unknown>): FieldColumn {
  return { kind: "text", column };
}

function integer(column: RawBuilder<unknown>): FieldColumn {
  return { kind: "integer", column };
}

/**
 * A column of text that many hosts have the same value in. Its values are found one after the other, each by one look at
 * the index that begins with the subscription and the column.
 */
function shared(subscriptionId: number, name: string): FieldColumn {
  const isOurs = sql`x.subscription_id = ${subscriptionId}`;
  const column = sql.ref(`x.${name}`);
  const distinct = sql`(WITH RECURSIVE known AS (
      (SELECT ${column} AS value FROM ot_host x WHERE ${isOurs} AND ${column} IS NOT NULL ORDER BY ${column} LIMIT 1)
      UNION ALL
      SELECT (SELECT ${column} FROM ot_host x WHERE ${isOurs} AND ${column} > known.value ORDER BY ${column} LIMIT 1)
      FROM known WHERE known.value IS NOT NULL
    ) SELECT value FROM known WHERE value IS NOT NULL) few`;
  return { ...text(sql.ref(`h.${name}`)), distinct };
}

/**
 * Where the tokens of OT host queries have their data, for `ot_host h` and its `asset a`: exactly what the list shows. Tokens
 * that are not here match nothing.
 */
export function hostFields(subscriptionId: number): FieldMap {
  return { ...ownFields, columns: { ...ownFields.columns, ...hardwareColumns(subscriptionId) } };
}

function hardwareColumns(subscriptionId: number): FieldColumns {
  return {
    "hardware.type": shared(subscriptionId, "type"),
    "hardware.manufacturer": shared(subscriptionId, "manufacturer"),
    "hardware.family": shared(subscriptionId, "family"),
    "hardware.model": shared(subscriptionId, "model"),
    "hardware.orderNumber": shared(subscriptionId, "order_number"),
    "hardware.catalogNumber": shared(subscriptionId, "catalog_number"),
    "hardware.firmwareVersion": shared(subscriptionId, "firmware_version"),
  };
}

const ownFields: FieldMap = {
  columns: {
    "asset.assetId": integer(sql`h.asset_id`),
    "asset.name": text(sql`a.name`),
    "asset.created": { kind: "timestamp", column: sql`a.created_at` },
    "asset.lastUpdated": { kind: "timestamp", column: sql`a.updated_at` },
    "asset.risk": integer(sql`a.risk`),
    "asset.vulnerabilityCount": integer(sql`a.finding_count`),
    "asset.criticality": integer(sql`a.criticality`),
    "asset.purdueLevel": integer(sql`h.purdue_level`),
    "asset.tags.name": {
      ...keyword(sql`t.name`),
      related: { from: sql`tag t`, where: sql`t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)` },
    },
    "hardware.serialNumber": keyword(sql`h.serial_number`),
    "projectFile.name": {
      ...text(sql`p.name`),
      related: {
        from: sql`ot_project_file_asset n
          JOIN ot_project_file p ON p.subscription_id = n.subscription_id AND p.id = n.project_file_id`,
        where: sql`n.subscription_id = h.subscription_id AND n.asset_id = h.asset_id`,
      },
    },
    "inventory.source": {
      ...keyword(sql`v.source`),
      related: { from: sql`jsonb_to_recordset(h.inventory) AS v(source text)`, where: sql`true` },
    },
  },
  groups: {
    interfaces: {
      from: sql`jsonb_to_recordset(h.interfaces)
        AS i(address inet, "macAddress" text, protocol text, transport jsonb, port integer)`,
      where: sql`true`,
      columns: {
        "interfaces.address": { kind: "inet", column: sql`i.address` },
        "interfaces.macAddress": keyword(sql`i."macAddress"`),
        "interfaces.protocol": keyword(sql`i.protocol`),
        "interfaces.transport.protocol": keyword(sql`i.transport ->> 'protocol'`),
        "interfaces.port": integer(sql`i.port`),
      },
    },
  },
};

/** Conditions and orders over hosts: tables `h`, the host, and `a`, its asset, with the fields and the key to use. */
export type HostSource = {
  table: RawBuilder<unknown>;
  /** The other table, by alias. */
  join: Readonly<Record<string, RawBuilder<unknown>>>;
  where: RawBuilder<SqlBool>;
  id: RawBuilder<unknown>;
  fields: FieldMap;
};

/** From the host: deep pages and counts read its key only. Every host has an asset, and every OT asset a host. */
export function fromHosts(subscriptionId: number): HostSource {
  return {
    table: sql`ot_host h`,
    join: { a: sql`JOIN asset a ON a.subscription_id = h.subscription_id AND a.id = h.asset_id` },
    where: sql`h.subscription_id = ${subscriptionId}`,
    id: sql`h.asset_id`,
    fields: hostFields(subscriptionId),
  };
}

/** From the asset: its indexes answer orders by its columns and the scope. */
export function fromAssets(subscriptionId: number): HostSource {
  const fields = hostFields(subscriptionId);
  return {
    table: sql`asset a`,
    join: { h: sql`JOIN ot_host h ON h.subscription_id = a.subscription_id AND h.asset_id = a.id` },
    where: sql`a.subscription_id = ${subscriptionId} AND a.is_ot`,
    id: sql`a.id`,
    fields: { ...fields, columns: { ...fields.columns, "asset.assetId": integer(sql`a.id`) } },
  };
}
