import type { AssetMatch, Identifier } from "@breakwater/domain/identity/index";
import type { Transaction } from "kysely";
import type { ImportRun } from "../ingest/sink.ts";
import { type AssetOrigin, type ResolvedAsset, resolveAssets } from "./asset-resolver.ts";
import { touchedAssets, writeChanged } from "./changed-sights.ts";
import type { CheckDictionary } from "./check-dictionary.ts";
import { explainMatch } from "./explain-match.ts";
import type { NewRows } from "./new-rows.ts";
import type { AssetObservation } from "./observation.ts";
import { type KnownSource, loadSources, notePending, type RunKey, settleFresh } from "./observation-store.ts";
import { type PackedAsset, type PackedBatch, packObservation, unpackObservation } from "./packed-scan.ts";
import { scoreWritten } from "./score-assets.ts";
import { shareSources } from "./shared-source.ts";

type Tx = Transaction<unknown>;

/** Gives assets their tags; called when their descriptions changed. */
export type Retag = (tx: Tx, subscriptionId: number, assetIds: readonly number[]) => Promise<void>;

export type WriterContext = {
  run: ImportRun;
  key: RunKey;
  origin: AssetOrigin;
  dictionary: CheckDictionary;
  retag: Retag;
  /** Empty between two batches. */
  rows: NewRows;
};

/** An asset of the batch with all that the batch saw of it. */
export type Sight = {
  assetId: number;
  isNew: boolean;
  match: AssetMatch;
  identifiers: readonly Identifier[];
  seen: PackedAsset;
  source: KnownSource;
  digest: string;
};

/**
 * Writes one batch within the transaction of its checkpoint and counts what it did.
 *
 * @returns ids of checks that were told anew: all their findings have to be scored again
 */
export async function writeBatch(tx: Tx, context: WriterContext, batch: PackedBatch): Promise<number[]> {
  const { run, key, origin, dictionary } = context;
  for (const check of batch.checks) dictionary.learn(check);
  const staleChecks = await dictionary.settle(tx, key.subscriptionId, batch.checks, batch.at);
  const resolved = await resolveAssets(tx, origin, batch.assets);
  const sights = await toSights(tx, context, batch.assets, resolved);
  const unchanged = sights.filter(isUnchanged);
  const changed = sights.filter((sight) => !isUnchanged(sight));
  const changes = await writeChanged(tx, context, changed);
  const due = unchanged.filter(({ source, seen }) => source.hasFresh && seen.at > source.seenAt);
  const settling = due.map(({ assetId, seen }) => ({ assetId, at: seen.at }));
  const stillFresh = await settleFresh(tx, key, settling);
  const isSettled = new Set(settling.map(({ assetId }) => assetId));
  await notePending(
    tx,
    key,
    sights.map((sight) => ({
      assetId: sight.assetId,
      at: sight.seen.at,
      digest: sight.digest,
      hasFresh: isSettled.has(sight.assetId)
        ? stillFresh.has(sight.assetId)
        : changes.fresh.has(sight.assetId) || (isUnchanged(sight) && sight.source.hasFresh),
      matchedBy: explainMatch(sight.match),
      identifiers: sight.identifiers,
    })),
  );
  const described = resolved.filter((asset) => asset.isDescriptionChanged).map(({ assetId }) => assetId);
  if (described.length > 0) await context.retag(tx, key.subscriptionId, described);
  await scoreWritten(tx, key.subscriptionId, {
    written: [...described, ...touchedAssets(changes)],
    looked: [...changed.map(({ assetId }) => assetId), ...isSettled],
  });
  countBatch(run, batch, resolved, sights, unchanged);
  return staleChecks;
}

async function toSights(
  tx: Tx,
  { key, dictionary }: WriterContext,
  assets: readonly PackedAsset[],
  resolved: readonly ResolvedAsset[],
): Promise<Sight[]> {
  const byAsset = new Map<number, { asset: ResolvedAsset; seen: PackedAsset[] }>();
  resolved.forEach((asset, index) => {
    const own = byAsset.get(asset.assetId);
    if (own) own.seen.push(assets[index]!);
    else byAsset.set(asset.assetId, { asset, seen: [assets[index]!] });
  });
  const sources = await loadSources(tx, key, [...byAsset.keys()]);
  const others = [...sources.values()].filter(({ products }) => products === "other");
  await shareSources(
    tx,
    key,
    others.map(({ assetId }) => assetId),
  );
  const sights: Sight[] = [];
  for (const [assetId, { asset, seen: own }] of byAsset) {
    const seen = own.length === 1 ? own[0]! : mergeSights(own, dictionary);
    const { isNew, match, identifiers } = asset;
    sights.push({ assetId, isNew, match, identifiers, seen, source: sources.get(assetId)!, digest: seen.digest });
  }
  return sights.sort((a, b) => a.assetId - b.assetId);
}

function isUnchanged({ source, seen }: Sight): boolean {
  return (
    source.isKnown &&
    !source.isPending &&
    seen.at >= source.seenAt &&
    seen.digest !== "" &&
    seen.digest === source.digest
  );
}

function countBatch(
  run: ImportRun,
  batch: PackedBatch,
  resolved: readonly ResolvedAsset[],
  sights: readonly Sight[],
  unchanged: readonly Sight[],
): void {
  run.counts.recordsRead += batch.records;
  run.counts.assetsNew += resolved.filter(({ isNew }) => isNew).length;
  run.counts.assetsMerged += sights.filter(
    ({ isNew, source }) => !isNew && !source.isKnown && !source.isPending,
  ).length;
  for (const { seen } of unchanged) run.counts.findingsUnchanged += seen.findingCount;
}

/** What a batch saw of an asset that the file tells more than once. */
function mergeSights(pieces: readonly PackedAsset[], dictionary: CheckDictionary): PackedAsset {
  const [first, ...others] = pieces.map((piece) => unpackObservation(piece, dictionary)) as [
    AssetObservation,
    ...AssetObservation[],
  ];
  for (const other of others) first.merge(other);
  return packObservation(first);
}
