import { sql, type Transaction } from "kysely";
import { CopyTime, copyInto } from "../../db/copy-in.ts";
import type { Attribution } from "./attribution.ts";
import { detectionScoreOf, scoreUnder } from "./detection-score-sql.ts";
import type { FindingState, FindingStatus } from "./life-cycle.ts";

/** Names a finding. */
export type FindingKey = { assetId: number; fingerprint: string };

export type NewFinding = FindingKey & {
  cveId: string | null;
  category: string;
  port: number | null;
  protocol: string | null;
  instance: string | null;
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
  retestAt: number | null;
  category: string;
  attributions: Omit<Attribution, "vendorId">[];
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
  const { rows } = await sql<StateRow>`
    SELECT f.asset_id AS "assetId", f.fingerprint, f.check_id AS "checkId", f.severity, f.status, f.category,
           ${ms("f.first_found")} AS "firstFound", ${ms("f.last_found")} AS "lastFound",
           ${ms("f.last_fixed")} AS "lastFixed", ${ms("f.reopened_at")} AS "reopenedAt", ${ms("f.retest_at")} AS "retestAt",
           (SELECT json_agg(json_build_object('connectionId', s.connection_id, 'checkId', s.check_id,
              'isPresent', s.is_present, 'isMitigated', s.is_mitigated, 'isAliased', s.is_aliased,
              'goneAt', ${ms("s.gone_at")}, 'firstSeen', ${ms("s.first_seen")}, 'lastSeen', ${ms("s.last_seen")},
              'severity', s.severity, 'evidence', s.evidence))
            FROM finding_source s WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
              AND s.fingerprint = f.fingerprint) AS attributions
    FROM json_to_recordset(${JSON.stringify(keys)}::json) AS k("assetId" bigint, fingerprint uuid)
    JOIN finding f ON f.subscription_id = ${subscriptionId} AND f.asset_id = k."assetId"
      AND f.fingerprint = k.fingerprint`.execute(tx);
  const vendorIds = await readVendorIds(tx, subscriptionId, rows);
  return new Map(
    rows.map((row) => {
      const attributions = row.attributions.map((one) => ({ ...one, vendorId: vendorIds.get(one.checkId)! }));
      return [findingKey(row), { ...row, attributions }];
    }),
  );
}

/** Apart from the findings: each check once. */
async function readVendorIds(
  tx: Tx,
  subscriptionId: number,
  findings: readonly StateRow[],
): Promise<Map<number, string>> {
  const ids = new Set(findings.flatMap(({ attributions }) => attributions.map(({ checkId }) => checkId)));
  const { rows } = await sql<{ id: number; vendorId: string }>`
    SELECT id, vendor_id AS "vendorId" FROM check_definition
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...ids]}::bigint[])`.execute(tx);
  return new Map(rows.map(({ id, vendorId }) => [id, vendorId]));
}

const FINDING_COLUMNS = [
  ...["subscription_id", "asset_id", "fingerprint", "check_id", "cve_id", "severity", "qds", "status", "category"],
  ...["port", "protocol", "instance", "first_found", "last_found", "last_fixed"],
];
const ATTRIBUTION_COLUMNS = [
  ...[
    "subscription_id",
    "asset_id",
    "fingerprint",
    "connection_id",
    "check_id",
    "is_present",
    "first_seen",
    "last_seen",
  ],
  ...["severity", "evidence", "is_mitigated", "is_aliased", "gone_at"],
];

/**
 * Adds findings with their attributions.
 *
 * @param findings known not to exist, by who holds the locks of their assets; sorted by {@link compareKeys}
 */
export async function insertFindings(tx: Tx, subscriptionId: number, findings: readonly NewFinding[]): Promise<void> {
  if (findings.length === 0) return;
  const time = timeTexts();
  const rows = findings.map(({ state, ...one }) => [
    ...[subscriptionId, one.assetId, one.fingerprint, state.checkId, one.cveId, state.severity],
    ...[scoreUnder(state.status, one.qds), state.status],
    ...[one.category, one.port, one.protocol, one.instance, time(state.firstFound), time(state.lastFound)],
    state.lastFixed === null ? null : time(state.lastFixed),
  ]);
  await copyInto(tx, "finding", FINDING_COLUMNS, rows);
  const attributions = findings.flatMap(({ assetId, fingerprint, state }) =>
    state.attributions.map((one) => [
      ...[subscriptionId, assetId, fingerprint, one.connectionId, one.checkId, one.isPresent, time(one.firstSeen)],
      ...[time(one.lastSeen), one.severity, one.evidence, one.isMitigated, one.isAliased],
      one.goneAt === null ? null : time(one.goneAt),
    ]),
  );
  await copyInto(tx, "finding_source", ATTRIBUTION_COLUMNS, attributions);
}

/** Findings of one asset share their times. */
function timeTexts(): (epochMs: number) => CopyTime {
  let known: [number, CopyTime] | undefined;
  return (epochMs) => {
    if (known?.[0] !== epochMs) known = [epochMs, new CopyTime(epochMs)];
    return known[1];
  };
}

/** @param findings sorted by {@link compareKeys} */
export async function updateFindings(
  tx: Tx,
  subscriptionId: number,
  findings: readonly (FindingKey & { state: FindingState })[],
): Promise<void> {
  if (findings.length === 0) return;
  const rows = findings.map(({ assetId, fingerprint, state }) => ({ assetId, fingerprint, ...toStateColumns(state) }));
  await sql`
    UPDATE finding f SET check_id = x."checkId", severity = x.severity, status = x.status, qds = ${detectionScoreOf(sql`f.cve_id`, sql`x.status`)},
      first_found = ${time("x.firstFound")}, last_found = ${time("x.lastFound")}, last_fixed = ${time("x.lastFixed")},
      reopened_at = ${time("x.reopenedAt")}, retest_at = ${time("x.retestAt")}, category = coalesce(x.category, f.category)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, fingerprint uuid, "checkId" bigint,
      severity smallint, status text, "firstFound" bigint, "lastFound" bigint, "lastFixed" bigint, "reopenedAt" bigint,
      "retestAt" bigint, category text)
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
  await sql`
    INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, is_present, first_seen,
                                last_seen, severity, evidence, is_mitigated, is_aliased, gone_at)
    SELECT ${subscriptionId}, x."assetId", x.fingerprint, x."connectionId", x."checkId", x."isPresent",
           ${time("x.firstSeen")}, ${time("x.lastSeen")}, x.severity, x.evidence,
           x."isMitigated", x."isAliased", ${time("x.goneAt")}
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, fingerprint uuid,
      "connectionId" integer, "checkId" bigint, "isPresent" boolean, "firstSeen" bigint, "lastSeen" bigint,
      severity smallint, evidence text,
      "isMitigated" boolean, "isAliased" boolean, "goneAt" bigint)
    ON CONFLICT (subscription_id, asset_id, fingerprint, connection_id, check_id) DO UPDATE SET
      is_present = excluded.is_present, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
      severity = excluded.severity, evidence = excluded.evidence, is_mitigated = excluded.is_mitigated,
      is_aliased = excluded.is_aliased, gone_at = excluded.gone_at`.execute(tx);
}

export function compareKeys(a: FindingKey, b: FindingKey): number {
  return a.assetId - b.assetId || (a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0);
}

function toStateColumns(state: FindingState) {
  const { checkId, severity, status, category, firstFound, lastFound, lastFixed, reopenedAt, retestAt } = state;
  return { checkId, severity, status, category, firstFound, lastFound, lastFixed, reopenedAt, retestAt };
}
