import { sql } from "kysely";
import type { ElementSource } from "../../db/query/index.ts";

/** What sources and captures tell to belong together; of what the asset has no more, nothing. */
const told = sql`SELECT DISTINCT t.address, t."macAddress" AS mac_address, t."hostName" AS host_name
  FROM (
    SELECT a.interfaces AS list
    UNION ALL SELECT h.interfaces FROM ot_host h
      WHERE a.is_ot AND h.subscription_id = a.subscription_id AND h.asset_id = a.id
  ) l, jsonb_to_recordset(l.list) AS t(address inet, "macAddress" text, "hostName" text)
  WHERE num_nonnulls(t.address, t."macAddress", t."hostName") > 1
    AND (t.address IS NULL OR t.address = ANY (a.ip_addresses))
    AND (t."macAddress" IS NULL OR t."macAddress" = ANY (a.mac_addresses))
    AND (t."hostName" IS NULL OR t."hostName" = ANY (a.host_names))`;

/** A single address and a single MAC can only be one interface's. */
const isOne = sql`cardinality(a.ip_addresses) = 1 AND cardinality(a.mac_addresses) = 1`;

/**
 * The interfaces of the asset `a`: what is told to belong together, and by itself what nobody ties to anything. A name that
 * is not told to be an interface's is the host's, and so each interface's without one of its own.
 */
export const assetInterfaces: ElementSource = {
  from: sql`(
    WITH told AS (${told}), host AS (
      SELECT ARRAY(SELECT x FROM unnest(a.host_names) AS x WHERE NOT EXISTS (SELECT FROM told WHERE told.host_name = x)) AS names
    ), known AS (
      SELECT * FROM told
      UNION ALL SELECT a.ip_addresses[1], a.mac_addresses[1], NULL WHERE ${isOne}
      UNION ALL SELECT x, NULL, NULL FROM unnest(a.ip_addresses) AS x
        WHERE NOT (${isOne}) AND NOT EXISTS (SELECT FROM told WHERE told.address = x)
      UNION ALL SELECT NULL, x, NULL FROM unnest(a.mac_addresses) AS x
        WHERE NOT (${isOne}) AND NOT EXISTS (SELECT FROM told WHERE told.mac_address = x)
    )
    SELECT k.address, k.mac_address, CASE WHEN k.host_name IS NULL THEN host.names ELSE ARRAY[k.host_name] END AS host_names
    FROM known k, host
    UNION ALL SELECT NULL, NULL, host.names FROM host
      WHERE host.names <> '{}' AND NOT EXISTS (SELECT FROM known WHERE known.host_name IS NULL)
  ) AS i`,
  where: sql`true`,
  columns: {
    "asset.interface.address": { kind: "inet", column: sql`i.address` },
    "asset.interface.hostname": { kind: "text", column: sql`i.host_names`, isArray: true },
    "asset.interface.macAddress": { kind: "keyword", column: sql`i.mac_address` },
  },
};
