import { sql, type Transaction } from "kysely";
import type { Attribution } from "./attribution.ts";
import {
  compareKeys,
  type FindingKey,
  findingKey,
  insertFindings,
  loadFindings,
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

const UNTIMED = { seenAt: 0, completeAt: null };

type Changes = {
  inserted: NewFinding[];
  updated: (FindingKey & { state: FindingState })[];
  attributions: (FindingKey & { attribution: Attribution })[];
};

/**
 * Makes the findings of the assets what the source says now. The assets are locked and the lock of the scores is held;
 * scores are the caller's to bring up to date.
 *
 * @returns how many findings are new, reopened and fixed
 */
export async function writeWholeSource(
  tx: Transaction<unknown>,
  source: WholeSource,
  assets: ReadonlyMap<number, readonly SourceFinding[]>,
): Promise<{ added: number; reopened: number; fixed: number }> {
  const { subscriptionId, connectionId, at } = source;
  const said = [...assets].flatMap(([assetId, findings]) =>
    [...Map.groupBy(findings, ({ fingerprint }) => fingerprint)].map(([fingerprint, about]) => ({
      assetId,
      fingerprint,
      about,
    })),
  );
  const before = await listPresent(tx, source, [...assets.keys()]);
  const known = await loadFindings(tx, subscriptionId, uniqueKeys([...said, ...before]));
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
  await insertFindings(tx, subscriptionId, changes.inserted.sort(compareKeys));
  await updateFindings(tx, subscriptionId, changes.updated.sort(compareKeys));
  await writeAttributions(tx, subscriptionId, changes.attributions.sort(compareKeys));
  return total;
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
    silent.map(({ checkId }) => ({ connectionId, checkId })),
    UNTIMED,
    at,
  );
  changes.updated.push({ assetId, fingerprint, state: next });
  for (const attribution of next.attributions) {
    if (!state.attributions.includes(attribution)) changes.attributions.push({ assetId, fingerprint, attribution });
  }
  return next;
}

function uniqueKeys(keys: readonly FindingKey[]): FindingKey[] {
  return [
    ...new Map(
      keys.map(({ assetId, fingerprint }) => [findingKey({ assetId, fingerprint }), { assetId, fingerprint }]),
    ).values(),
  ];
}

type PresentRow = FindingKey & { checkId: number };

async function listPresent(
  tx: Transaction<unknown>,
  source: WholeSource,
  assetIds: readonly number[],
): Promise<PresentRow[]> {
  const { rows } = await sql<PresentRow>`
    SELECT asset_id AS "assetId", fingerprint, check_id AS "checkId" FROM finding_source
    WHERE subscription_id = ${source.subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])
      AND connection_id = ${source.connectionId} AND is_present`.execute(tx);
  return rows;
}
