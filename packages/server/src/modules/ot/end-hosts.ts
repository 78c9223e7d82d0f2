import { type RawBuilder, sql } from "kysely";
import type { FieldColumns } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { DEFAULT_NETWORK } from "./segment.ts";

type End = "client" | "server";

/**
 * What PostgreSQL takes for an IP address: what sensors write in its place (`fe80::1%eth0`, `1::2::3`) is listed, and found by no
 * address.
 */
const IPV4 = "[0-9]{1,3}([.][0-9]{1,3}){3}";
const GROUP = "[0-9a-f]{1,4}";
const IPV6 = `(?!:[^:])(?!.*[^:]:$)(?!.*:::)(?!.*::.*::)(${GROUP}(:${GROUP}){7}|(?=.*::)(${GROUP})?(:[0-9a-f]{0,4}){2,7})`;
const IP = `^(${IPV4}|${IPV6})$`;
/** Of who has no IP address. */
const MAC = "^[0-9a-f]{2}(:[0-9a-f]{2}){5}$";

/**
 * The OT host in scope that has the address of an end, by its IP or its MAC within the network.
 *
 * @param row alias of a table with `subscription_id`, `network`, and an address under the name `end`
 */
export function hostAt(db: ScopedDb, row: string, end: End): RawBuilder<unknown> {
  const network = sql.ref(`${row}.network`);
  const segment = sql`CASE ${network} WHEN ${sql.lit(DEFAULT_NETWORK)} THEN '' ELSE ${network} END`;
  return sql`SELECT a.id, a.name FROM asset_identifier i
    JOIN asset a ON a.subscription_id = i.subscription_id AND a.id = i.asset_id AND a.is_ot
    WHERE i.subscription_id = ${sql.ref(`${row}.subscription_id`)} AND i.value = ${sql.ref(`${row}.${end}`)}
      AND (i.kind = 'ip' AND i.network = ${network} OR i.kind = 'mac' AND i.network = ${segment})
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}`;
}

/** `{assetId, name}` of {@link hostAt}, or null. */
export function describeHost(db: ScopedDb, row: string, end: End): RawBuilder<unknown> {
  const host = hostAt(db, row, end);
  return sql`(SELECT json_build_object('assetId', h.id, 'name', h.name) FROM (${host} ORDER BY a.id LIMIT 1) h)`;
}

/** The hosts that {@link describeHost} tells of, by alias: `ch` at the client's end, `sh` at the server's. */
export function endJoins(db: ScopedDb, row: string): Readonly<Record<"ch" | "sh", RawBuilder<unknown>>> {
  const joinAs = (alias: string, end: End) =>
    sql`LEFT JOIN LATERAL (${hostAt(db, row, end)} ORDER BY a.id LIMIT 1) ${sql.id(alias)} ON true`;
  return { ch: joinAs("ch", "client"), sh: joinAs("sh", "server") };
}

/** Where the tokens of both ends of a row have their data: in the row and in {@link endJoins}. */
export function endColumns(table: "network" | "event", row: string): FieldColumns {
  const columnsOf = (end: End, host: "ch" | "sh"): FieldColumns => {
    const address = sql.ref(`${row}.${end}`);
    const isOf = (form: string) => sql`${address} ~ ${sql.lit(form)}`;
    return {
      [`${table}.${end}.address`]: { kind: "inet", column: sql`(CASE WHEN ${isOf(IP)} THEN ${address}::inet END)` },
      [`${table}.${end}.macAddress`]: { kind: "keyword", column: sql`(CASE WHEN ${isOf(MAC)} THEN ${address} END)` },
      [`${table}.${end}.assetId`]: { kind: "integer", column: sql.ref(`${host}.id`) },
      [`${table}.${end}.name`]: { kind: "text", column: sql.ref(`${host}.name`) },
    };
  };
  return { ...columnsOf("client", "ch"), ...columnsOf("server", "sh") };
}
