import type { AssetMatch } from "@breakwater/domain/identity/index";
import type { Transaction } from "kysely";
import type { ImportRun } from "../ingest/sink.ts";
import { type AssetOrigin, type ResolvedAsset, resolveAssets } from "./asset-resolver.ts";
import type { CheckDictionary } from "./check-dictionary.ts";
import {
  compareKeys,
  findingKey,
  insertFindings,
  loadFindings,
  type NewFinding,
  updateFindings,
  writeAttributions,
} from "./finding-store.ts";
import { type Attribution, type FindingState, observeFinding } from "./life-cycle.ts";
import { type AssetObservation, joinEvidence, type ObservedFinding } from "./observation.ts";
import {
  type KnownSource,
  loadSources,
  noteMissing,
  notePending,
  type RunKey,
  settleFresh,
  spellOutLastSeen,
} from "./observation-store.ts";
import type { ScanBatch } from "./scan-batcher.ts";
import { totalAssets } from "./score-assets.ts";

type Tx = Transaction<unknown>;

/** Gives assets their tags; called when their descriptions changed. */
export type Retag = (tx: Tx, subscriptionId: number, assetIds: readonly number[]) => Promise<void>;

export type WriterContext = {
  run: ImportRun;
  key: RunKey;
  origin: AssetOrigin;
  dictionary: CheckDictionary;
  retag: Retag;
};

/** An asset of the batch with all that the batch saw of it. */
type Sight = {
  assetId: number;
  isNew: boolean;
  match: AssetMatch;
  observation: AssetObservation;
  source: KnownSource;
  digest: Buffer;
};

/** What has to be written of the findings of a batch. */
type Changes = {
  inserted: NewFinding[];
  updated: { assetId: number; fingerprint: string; state: FindingState }[];
  /** Of findings that existed. */
  attributions: { assetId: number; fingerprint: string; attribution: Attribution }[];
  /** Assets some of whose findings are NEW or REOPENED. */
  fresh: Set<number>;
};

/**
 * Writes one batch within the transaction of its checkpoint and counts what it did.
 *
 * @returns ids of checks that were told anew: all their findings have to be scored again
 */
export async function writeBatch(tx: Tx, context: WriterContext, batch: ScanBatch): Promise<number[]> {
  const { run, key, origin, dictionary } = context;
  const at = batch.observations[0]?.at ?? run.importedAt;
  const staleChecks = await dictionary.settle(tx, key.subscriptionId, batch.checks, at);
  const resolved = await resolveAssets(tx, origin, batch.observations);
  const sights = await toSights(tx, key, batch.observations, resolved);
  const unchanged = sights.filter(isUnchanged);
  const changed = sights.filter((sight) => !isUnchanged(sight));
  const changes = await writeChanged(tx, context, changed);
  const due = unchanged.filter(({ source, observation }) => source.hasFresh && observation.at > source.seenAt);
  const settling = due.map(({ assetId, observation }) => ({ assetId, at: observation.at }));
  const stillFresh = await settleFresh(tx, key, settling);
  const isSettled = new Set(settling.map(({ assetId }) => assetId));
  await notePending(
    tx,
    key,
    sights.map((sight) => ({
      assetId: sight.assetId,
      at: sight.observation.at,
      digest: sight.digest,
      hasFresh: isSettled.has(sight.assetId)
        ? stillFresh.has(sight.assetId)
        : changes.fresh.has(sight.assetId) || (isUnchanged(sight) && sight.source.hasFresh),
      matchedBy: explain(sight.match),
    })),
  );
  const described = resolved.filter((asset) => asset.isDescriptionChanged).map(({ assetId }) => assetId);
  if (described.length > 0) await context.retag(tx, key.subscriptionId, described);
  await totalAssets(tx, key.subscriptionId, [...described, ...touchedAssets(changes)]);
  countBatch(run, batch, resolved, sights, unchanged);
  return staleChecks;
}

async function toSights(
  tx: Tx,
  key: RunKey,
  observations: readonly AssetObservation[],
  resolved: readonly ResolvedAsset[],
): Promise<Sight[]> {
  const byAsset = new Map<number, { asset: ResolvedAsset; observations: AssetObservation[] }>();
  resolved.forEach((asset, index) => {
    const own = byAsset.get(asset.assetId);
    if (own) own.observations.push(observations[index]!);
    else byAsset.set(asset.assetId, { asset, observations: [observations[index]!] });
  });
  const sources = await loadSources(tx, key, [...byAsset.keys()]);
  const sights: Sight[] = [];
  for (const [assetId, { asset, observations: own }] of byAsset) {
    const observation = own.length === 1 ? own[0]! : mergeObservations(own);
    const { isNew, match } = asset;
    sights.push({ assetId, isNew, match, observation, source: sources.get(assetId)!, digest: observation.digest() });
  }
  return sights.sort((a, b) => a.assetId - b.assetId);
}

function isUnchanged({ source, digest, observation }: Sight): boolean {
  return (
    source.isKnown &&
    !source.isPending &&
    observation.at >= source.seenAt &&
    digest.length > 0 &&
    digest.equals(source.digest)
  );
}

async function writeChanged(tx: Tx, context: WriterContext, sights: readonly Sight[]): Promise<Changes> {
  const { key, run } = context;
  const outdated = sights.filter(
    ({ source, observation: { at } }) => at < source.seenAt && at >= (source.completeAt ?? 0),
  );
  await spellOutLastSeen(
    tx,
    key,
    outdated.map(({ assetId }) => assetId),
  );
  for (const sight of outdated) {
    sight.source.seenAt = 0;
    // The newer report's words stand, so this one's digest would not be that of what is stored.
    sight.digest = Buffer.alloc(0);
  }
  const old = sights.filter(({ isNew }) => !isNew);
  const known = await loadFindings(tx, key.subscriptionId, old.flatMap(toKeys));
  const changes: Changes = { inserted: [], updated: [], attributions: [], fresh: new Set() };
  for (const sight of sights) {
    for (const finding of sight.observation.findings.values()) observe(run, sight, finding, known, changes);
  }
  await insertFindings(tx, key.subscriptionId, changes.inserted.sort(compareKeys));
  await updateFindings(tx, key.subscriptionId, changes.updated.sort(compareKeys));
  await writeAttributions(tx, key.subscriptionId, changes.attributions.sort(compareKeys));
  const reporting = old.filter(({ source }) => source.isKnown || source.isPending);
  await noteMissing(
    tx,
    key,
    reporting.flatMap(({ source, assetId }) => (source.isPending ? [] : [assetId])),
    reporting.flatMap(({ source, assetId }) => (source.isPending ? [assetId] : [])),
    reporting.flatMap(toSeen),
  );
  return changes;
}

function observe(
  run: ImportRun,
  sight: Sight,
  finding: ObservedFinding,
  known: ReadonlyMap<string, FindingState>,
  changes: Changes,
): void {
  const { assetId, source, observation } = sight;
  const { fingerprint, checks, cveId, category, port, protocol, instance } = finding;
  const former = known.get(findingKey({ assetId, fingerprint }));
  const seen = [...checks].map(([check, told]) => ({
    checkId: check.id,
    severity: told.severity,
    evidence: joinEvidence(told.evidence),
  }));
  const sighting = { connectionId: run.connection.id, at: observation.at, checks: seen };
  const { next, outcome, isStateChanged, changed } = observeFinding(former, sighting, source);
  if (outcome === "new") {
    const qds = [...checks.keys()].find(({ id }) => id === next.checkId)?.scores.get(cveId) ?? 1;
    changes.inserted.push({ assetId, fingerprint, cveId, category, port, protocol, instance, qds, state: next });
  } else if (isStateChanged) changes.updated.push({ assetId, fingerprint, state: next });
  if (outcome !== "new") {
    for (const attribution of changed) changes.attributions.push({ assetId, fingerprint, attribution });
  }
  if (next.status === "NEW" || next.status === "REOPENED") changes.fresh.add(assetId);
  if (outcome === "new") run.counts.findingsNew++;
  else if (outcome === "reopened") run.counts.findingsReopened++;
  else if (outcome === "updated") run.counts.findingsUpdated++;
  else run.counts.findingsUnchanged++;
}

function countBatch(
  run: ImportRun,
  batch: ScanBatch,
  resolved: readonly ResolvedAsset[],
  sights: readonly Sight[],
  unchanged: readonly Sight[],
): void {
  run.counts.recordsRead += batch.records;
  run.counts.assetsNew += resolved.filter(({ isNew }) => isNew).length;
  run.counts.assetsMerged += sights.filter(
    ({ isNew, source }) => !isNew && !source.isKnown && !source.isPending,
  ).length;
  for (const { observation } of unchanged) run.counts.findingsUnchanged += observation.findings.size;
}

function mergeObservations(pieces: readonly AssetObservation[]): AssetObservation {
  const [first, ...others] = pieces as [AssetObservation, ...AssetObservation[]];
  for (const other of others) first.merge(other);
  return first;
}

function toKeys({ assetId, observation }: Sight) {
  return [...observation.findings.keys()].map((fingerprint) => ({ assetId, fingerprint }));
}

function toSeen({ assetId, observation }: Sight) {
  return [...observation.findings.values()].flatMap(({ fingerprint, checks }) =>
    [...checks.keys()].map(({ id }) => ({ assetId, fingerprint, checkId: id })),
  );
}

function touchedAssets({ inserted, updated }: Changes): number[] {
  return [...inserted, ...updated].map(({ assetId }) => assetId);
}

/** `mac 00:1b:1b:12:34:56`, and what was refused before. */
function explain({ decidedBy, refused }: AssetMatch): string | null {
  const parts = refused.map(
    ({ assetId, offeredBy, contradictedBy: by }) =>
      `not asset ${assetId} by ${toText(offeredBy)}: its ${by.kind} is ${by.theirs.join(", ")}`,
  );
  if (decidedBy) parts.unshift(toText(decidedBy));
  return parts.length > 0 ? parts.join("; ").slice(0, 1000).toWellFormed() : null;
}

function toText(identifier: { kind: string; value: string }): string {
  return `${identifier.kind} ${identifier.value}`;
}
