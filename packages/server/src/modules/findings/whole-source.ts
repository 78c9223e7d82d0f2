import { sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";
import type { Attribution } from "./attribution.ts";
import { detectionScoreSql } from "./detection-score-sql.ts";
import {
  compareKeys,
  type FindingKey,
  findingKey,
  insertFindings,
  loadFindingsOf,
  type NewFinding,
  updateFindings,
  writeAttributions,
} from "./finding-store.ts";
import { closeAttributions, type FindingState, observeFinding } from "./life-cycle.ts";

/** One thing that a source says of an asset, under a stored check. */
export type SourceFinding = {
  fingerprint: string;
  cveId: string | null;
  checkId: number;
  vendorId: string;
  severity: number;
  evidence: string;
};

/** A source that says all it has of an asset whenever it speaks of it: what it leaves out is gone. */
export type WholeSource = { subscriptionId: number; connectionId: number; at: number };

/** It looks at all of an asset each time, one time after the other. */
const UNTIMED = { completeAt: null, looks: [] };

type Changes = {
  inserted: NewFinding[];
  updated: (FindingKey & { state: FindingState })[];
  attributions: (FindingKey & { attribution: Attribution })[];
};

/**
 * Makes the findings of the assets what the source says now. The assets are locked and the lock of the scores is held;
 * scores are the caller's to bring up to date.
 *
 * @returns how many findings are new, reopened and fixed, and the assets of which some of them were known
 */
export async function writeWholeSource(
  tx: Transaction<unknown>,
  source: WholeSource,
  assets: ReadonlyMap<number, readonly SourceFinding[]>,
): Promise<{ added: number; reopened: number; fixed: number; knownAssets: Set<number> }> {
  const { subscriptionId, connectionId, at } = source;
  const said = [...assets].flatMap(([assetId, findings]) =>
    [...Map.groupBy(findings, ({ fingerprint }) => fingerprint)].map(([fingerprint, about]) => ({
      assetId,
      fingerprint,
      about,
    })),
  );
  const known = await loadKnown(tx, source, [...assets.keys()], said);
  const before = listPresent(source, known);
  const changes: Changes = { inserted: [], updated: [], attributions: [] };
  const total = { added: 0, reopened: 0, fixed: 0 };
  const silent = Map.groupBy(before, findingKey);
  for (const { assetId, fingerprint, about } of said) {
    const key = { assetId, fingerprint };
    const former = known.get(findingKey(key));
    const checks = about.map(({ checkId, vendorId, severity, evidence }) => ({
      checkId,
      vendorId,
      severity,
      evidence,
    }));
    const { next, outcome, isStateChanged, changed } = observeFinding(former, { connectionId, at, checks }, UNTIMED);
    const dropped = (silent.get(findingKey(key)) ?? []).filter(
      ({ checkId }) => !checks.some((check) => check.checkId === checkId),
    );
    silent.delete(findingKey(key));
    if (former === undefined) {
      const place = { category: "VULNERABILITY", port: null, protocol: null, instance: null };
      changes.inserted.push({ ...key, cveId: about[0]!.cveId, ...place, qds: 1, state: next });
      total.added += 1;
      continue;
    }
    total.reopened += outcome === "reopened" ? 1 : 0;
    changes.attributions.push(...changed.map((attribution) => ({ ...key, attribution })));
    if (dropped.length > 0) close(changes, key, next, dropped, source);
    else if (isStateChanged || next.lastFound !== former.lastFound) changes.updated.push({ ...key, state: next });
  }
  for (const rows of silent.values()) {
    const former = known.get(findingKey(rows[0]!));
    if (former === undefined) continue;
    const next = close(changes, rows[0]!, former, rows, source);
    total.fixed += next.status === "FIXED" && former.status !== "FIXED" ? 1 : 0;
  }
  await insertFindings(tx, subscriptionId, (await score(tx, subscriptionId, changes.inserted)).sort(compareKeys));
  await updateFindings(tx, subscriptionId, changes.updated.sort(compareKeys));
  await writeAttributions(tx, subscriptionId, changes.attributions.sort(compareKeys));
  return { ...total, knownAssets: new Set([...known.values()].map(({ assetId }) => assetId)) };
}

/** Written with another score first, a finding would enter each index of scores twice. */
async function score(tx: Transaction<unknown>, subscriptionId: number, added: NewFinding[]): Promise<NewFinding[]> {
  if (added.length === 0) return added;
  const keyOf = (checkId: number, cveId: string | null) => `${checkId}/${cveId}`;
  const wanted = new Map(
    added.map(({ state: { checkId }, cveId }) => [keyOf(checkId, cveId), { checkId, cveId }] as const),
  );
  const { rows } = await sql<{ checkId: number; cveId: string | null; qds: number }>`${prepared}
    SELECT x."checkId", x."cveId", ${detectionScoreSql} AS qds
    FROM json_to_recordset(${JSON.stringify([...wanted.values()])}::json) AS x("checkId" bigint, "cveId" text)
    JOIN check_definition c ON c.subscription_id = ${subscriptionId} AND c.id = x."checkId"
    LEFT JOIN cve_knowledge k ON k.cve_id = x."cveId"`.execute(tx);
  const scores = new Map(rows.map(({ checkId, cveId, qds }) => [keyOf(checkId, cveId), qds]));
  return added.map((one) => ({ ...one, qds: scores.get(keyOf(one.state.checkId, one.cveId)) ?? one.qds }));
}

function close(
  changes: Changes,
  { assetId, fingerprint }: FindingKey,
  state: FindingState,
  silent: readonly { checkId: number }[],
  { connectionId, at }: WholeSource,
): FindingState {
  const next = closeAttributions(
    state,
    silent.map(({ checkId }) => ({ connectionId, checkId, isOver: true })),
    at,
    [],
  );
  changes.updated.push({ assetId, fingerprint, state: next });
  for (const attribution of next.attributions) {
    if (!state.attributions.includes(attribution)) changes.attributions.push({ assetId, fingerprint, attribution });
  }
  return next;
}

type KnownFinding = FindingKey & FindingState;
type Said = FindingKey & { about: readonly SourceFinding[] };

/** What is said, and what the source said before. */
function loadKnown(
  tx: Transaction<unknown>,
  { subscriptionId, connectionId }: WholeSource,
  assetIds: readonly number[],
  said: readonly Said[],
): Promise<Map<string, KnownFinding>> {
  const keys = JSON.stringify(said.map(({ assetId, fingerprint }) => ({ assetId, fingerprint })));
  const vendorIds = said.flatMap(({ about }) => about.map(({ checkId, vendorId }) => [checkId, vendorId] as const));
  const wanted = sql`(
    SELECT "assetId", fingerprint FROM json_to_recordset(${keys}::json) AS x("assetId" bigint, fingerprint uuid)
    UNION
    SELECT asset_id, fingerprint FROM finding_source
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])
      AND connection_id = ${connectionId} AND is_present) AS k`;
  return loadFindingsOf(tx, subscriptionId, wanted, new Map(vendorIds));
}

function listPresent({ connectionId }: WholeSource, known: ReadonlyMap<string, KnownFinding>) {
  return [...known.values()].flatMap(({ assetId, fingerprint, attributions }) =>
    attributions.flatMap((one) =>
      one.connectionId === connectionId && one.isPresent ? [{ assetId, fingerprint, checkId: one.checkId }] : [],
    ),
  );
}
