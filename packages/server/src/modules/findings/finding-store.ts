import { type RawBuilder, sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";
import type { Attribution } from "./attribution.ts";
import { detectionScoreOf, scoreUnder } from "./detection-score-sql.ts";
import type { FindingState, FindingStatus } from "./life-cycle.ts";
import { NewRows } from "./new-rows.ts";
import type { FindingPlace } from "./plain-rows.ts";

/** Names a finding. */
export type FindingKey = { assetId: number; fingerprint: string };

export type NewFinding = FindingKey &
  FindingPlace & {
    /** Of its check: what its status and rules make of it is written with the rest. */
    qds: number;
    state: FindingState;
  };

type Tx = Transaction<unknown>;

type StateRow = {
  assetId: number;
  fingerprint: string;
  checkId: number;
  severity: number;
  status: FindingStatus;
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  reopenedAt: number | null;
  closedAt: number | null;
  retestAt: number | null;
  isOneTime: boolean;
  category: string;
  attributions: Omit<Attribution, "vendorId" | "seenAt">[];
};

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;
const time = (column: string) => sql`to_timestamp(${sql.ref(column)}::float8 / 1000)`;

/** One text per finding, for maps. */
export function findingKey({ assetId, fingerprint }: FindingKey): string {
  return `${assetId}/${fingerprint}`;
}

/** The findings that exist among those named, with all their attributions. */
export async function loadFindings(
  tx: Tx,
  subscriptionId: number,
  keys: readonly FindingKey[],
): Promise<Map<string, FindingState>> {
  if (keys.length === 0) return new Map();
  return await loadFindingsOf(
    tx,
    subscriptionId,
    sql`json_to_recordset(${JSON.stringify(keys)}::json)
    AS k("assetId" bigint, fingerprint uuid)`,
  );
}

/**
 * The same for keys that a statement finds. LATERAL and OFFSET 0: where the planner does not know how large the tables have
 * become it would rather go through all findings (24 instead of 0.5 ms for those of one host).
 *
 * @param keys an item of FROM, `k` with `"assetId"` and `fingerprint`
 * @param vendorIds of checks, as far as they are known
 */
export async function loadFindingsOf(
  tx: Tx,
  subscriptionId: number,
  keys: RawBuilder<unknown>,
  vendorIds: ReadonlyMap<number, string> = new Map(),
): Promise<Map<string, FindingKey & FindingState>> {
  const { rows } = await sql<StateRow>`${prepared}
    SELECT f.asset_id AS "assetId", f.fingerprint, f.check_id AS "checkId", f.severity, f.status, f.category,
           ${ms("f.first_found")} AS "firstFound", ${ms("f.last_found")} AS "lastFound",
           ${ms("f.last_fixed")} AS "lastFixed", ${ms("f.reopened_at")} AS "reopenedAt", ${ms("f.retest_at")} AS "retestAt",
           ${ms("f.closed_at")} AS "closedAt", f.is_one_time AS "isOneTime",
           (SELECT json_agg(json_build_object('connectionId', s.connection_id, 'checkId', s.check_id,
              'isPresent', s.is_present, 'isMitigated', s.is_mitigated, 'isAliased', s.is_aliased,
              'goneAt', ${ms("s.gone_at")}, 'toldFirst', ${ms("s.told_first")}, 'toldLast', ${ms("s.told_last")}, 'firstSeen', ${ms("s.first_seen")}, 'lastSeen', ${ms("s.last_seen")},
              'severity', s.severity, 'evidence', s.evidence, 'remarks', s.told, 'marks', s.marks))
            FROM finding_source s WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
              AND s.fingerprint = f.fingerprint) AS attributions
    FROM ${keys} CROSS JOIN LATERAL (
      SELECT * FROM finding g WHERE g.subscription_id = ${subscriptionId} AND g.asset_id = k."assetId"
        AND g.fingerprint = k.fingerprint OFFSET 0) f`.execute(tx);
  const known = await readVendorIds(tx, subscriptionId, rows, vendorIds);
  const seen = await readSeen(tx, subscriptionId, rows);
  return new Map(
    rows.map((row) => {
      const attributions = row.attributions.map((one) => ({
        ...one,
        vendorId: known.get(one.checkId)!,
        seenAt: seen.get(`${row.assetId}/${one.connectionId}`) ?? 0,
      }));
      return [findingKey(row), { ...row, isOneTime: isOneTime(row), attributions }];
    }),
  );
}

/** Of what was imported before it was kept the status tells. */
function isOneTime({ status, isOneTime }: StateRow): boolean {
  return status === "NEW" || status === "REOPENED" || (status !== "ACTIVE" && isOneTime);
}

/** When each source showed all that it still reports of the assets, by asset and connection. */
async function readSeen(
  tx: Tx,
  subscriptionId: number,
  findings: readonly StateRow[],
): Promise<ReadonlyMap<string, number>> {
  const ids = [...new Set(findings.map(({ assetId }) => assetId))];
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ assetId: number; connectionId: number; seenAt: number }>`${prepared}
    SELECT asset_id AS "assetId", connection_id AS "connectionId", ${ms("seen_at")} AS "seenAt" FROM asset_source
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${ids}::bigint[])`.execute(tx);
  return new Map(rows.map((row) => [`${row.assetId}/${row.connectionId}`, row.seenAt]));
}

/** Apart from the findings: each check once. */
async function readVendorIds(
  tx: Tx,
  subscriptionId: number,
  findings: readonly StateRow[],
  known: ReadonlyMap<number, string>,
): Promise<ReadonlyMap<number, string>> {
  const ids = new Set(findings.flatMap(({ attributions }) => attributions.map(({ checkId }) => checkId)));
  for (const id of known.keys()) ids.delete(id);
  if (ids.size === 0) return known;
  const { rows } = await sql<{ id: number; vendorId: string }>`
    SELECT id, vendor_id AS "vendorId" FROM check_definition
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...ids]}::bigint[])`.execute(tx);
  return new Map([...known, ...rows.map(({ id, vendorId }) => [id, vendorId] as const)]);
}

/**
 * Adds findings with their attributions.
 *
 * @param findings known not to exist, by who holds the locks of their assets; sorted by {@link compareKeys}
 * @param rows may hold further ones
 */
export async function insertFindings(
  tx: Tx,
  subscriptionId: number,
  findings: readonly NewFinding[],
  rows = new NewRows(),
): Promise<void> {
  const marked: (FindingKey & { attribution: Attribution })[] = [];
  for (const finding of findings) {
    const { assetId, fingerprint, state, qds } = finding;
    const owner = { subscriptionId, assetId };
    rows.addFinding(owner, state, finding, scoreUnder(state.status, qds));
    for (const attribution of state.attributions) {
      // Copied rows have no room for marks, which new findings of older reports alone have.
      if (attribution.marks) marked.push({ assetId, fingerprint, attribution });
      else rows.addAttribution(owner, fingerprint, attribution);
    }
  }
  await rows.insert(tx);
  await writeAttributions(tx, subscriptionId, marked);
}

/** @param findings sorted by {@link compareKeys} */
export async function updateFindings(
  tx: Tx,
  subscriptionId: number,
  findings: readonly (FindingKey & { state: FindingState })[],
): Promise<void> {
  if (findings.length === 0) return;
  const rows = findings.map(({ assetId, fingerprint, state }) => ({ assetId, fingerprint, ...toStateColumns(state) }));
  await sql`${prepared}
    UPDATE finding f SET check_id = x."checkId", severity = x.severity, status = x.status, qds = ${detectionScoreOf(sql`f.cve_id`, sql`x.status`)},
      first_found = ${time("x.firstFound")}, last_found = ${time("x.lastFound")}, last_fixed = ${time("x.lastFixed")},
      reopened_at = ${time("x.reopenedAt")}, retest_at = ${time("x.retestAt")}, closed_at = ${time("x.closedAt")},
      is_one_time = x."isOneTime", category = coalesce(x.category, f.category)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, fingerprint uuid, "checkId" bigint,
      severity smallint, status text, "firstFound" bigint, "lastFound" bigint, "lastFixed" bigint, "reopenedAt" bigint,
      "retestAt" bigint, "closedAt" bigint, "isOneTime" boolean, category text)
    JOIN check_definition c ON c.subscription_id = ${subscriptionId} AND c.id = x."checkId"
    WHERE f.subscription_id = ${subscriptionId} AND f.asset_id = x."assetId" AND f.fingerprint = x.fingerprint`.execute(
    tx,
  );
}

/** Writes attributions of findings that exist, new or changed. */
export async function writeAttributions(
  tx: Tx,
  subscriptionId: number,
  attributions: readonly (FindingKey & { attribution: Attribution })[],
): Promise<void> {
  if (attributions.length === 0) return;
  const rows = attributions.map(({ assetId, fingerprint, attribution }) => ({ assetId, fingerprint, ...attribution }));
  await sql`${prepared}
    INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, is_present, first_seen,
                                last_seen, severity, evidence, is_mitigated, is_aliased, gone_at, told_first, told_last, told,
                                marks)
    SELECT ${subscriptionId}, x."assetId", x.fingerprint, x."connectionId", x."checkId", x."isPresent",
           ${time("x.firstSeen")}, ${time("x.lastSeen")}, x.severity, x.evidence,
           x."isMitigated", x."isAliased", ${time("x.goneAt")}, ${time("x.toldFirst")}, ${time("x.toldLast")}, x.remarks,
           x.marks
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, fingerprint uuid,
      "connectionId" integer, "checkId" bigint, "isPresent" boolean, "firstSeen" bigint, "lastSeen" bigint,
      severity smallint, evidence text,
      "isMitigated" boolean, "isAliased" boolean, "goneAt" bigint, "toldFirst" bigint, "toldLast" bigint, remarks jsonb,
      marks jsonb)
    ON CONFLICT (subscription_id, asset_id, fingerprint, connection_id, check_id) DO UPDATE SET
      is_present = excluded.is_present, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
      severity = excluded.severity, evidence = excluded.evidence, is_mitigated = excluded.is_mitigated,
      is_aliased = excluded.is_aliased, gone_at = excluded.gone_at, told_first = excluded.told_first,
      told_last = excluded.told_last, told = excluded.told, marks = excluded.marks`.execute(tx);
}

export function compareKeys(a: FindingKey, b: FindingKey): number {
  return a.assetId - b.assetId || (a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0);
}

function toStateColumns(state: FindingState) {
  const { attributions: _attributions, ...columns } = state;
  return columns;
}
