import type { AssetMatch, Identifier } from "@breakwater/domain/identity/index";
import type { Look } from "@breakwater/domain/presence/index";
import type { Transaction } from "kysely";
import type { ImportRun } from "../ingest/sink.ts";
import { type AssetOrigin, type ResolvedAsset, resolveAssets } from "./asset-resolver.ts";
import type { Attribution } from "./attribution.ts";
import type { CheckDictionary } from "./check-dictionary.ts";
import { explainMatch } from "./explain-match.ts";
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
import { type FindingState, isFresh, isStirred, observeFinding } from "./life-cycle.ts";
import type { KnownKind, NewRows } from "./new-rows.ts";
import { type AssetObservation, joinEvidence, type ObservedFinding } from "./observation.ts";
import {
  type KnownSource,
  type LateSight,
  loadSources,
  noteMissing,
  notePending,
  type RunKey,
  settleFresh,
  spellOutLastSeen,
} from "./observation-store.ts";
import { type PackedAsset, type PackedBatch, packObservation, unpackObservation, unpackOthers } from "./packed-scan.ts";
import { type PlainRows, wordAt } from "./plain-rows.ts";
import { scoreWritten } from "./score-assets.ts";
import { shareSources } from "./shared-source.ts";
import { loadLooks } from "./source-looks.ts";
import { stirFindings } from "./stir-findings.ts";

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
type Sight = {
  assetId: number;
  isNew: boolean;
  match: AssetMatch;
  identifiers: readonly Identifier[];
  seen: PackedAsset;
  source: KnownSource;
  digest: string;
};

type OpenedSight = Sight & {
  observation: AssetObservation;
  /** Of the source at the asset, before. */
  looks: readonly Look[];
  /** Nothing is known of the asset: its plain findings go in as they are written, and the observation is without them. */
  isCopied: boolean;
};

/** What has to be written of the findings of a batch. */
type Changes = {
  inserted: NewFinding[];
  /** Assets that plain findings were copied to. */
  copied: number[];
  updated: { assetId: number; fingerprint: string; state: FindingState }[];
  /** Of findings that existed. */
  attributions: { assetId: number; fingerprint: string; attribution: Attribution }[];
  /** Assets some of whose findings the next sight makes ACTIVE or PROTECTED. */
  fresh: Set<number>;
  /** Findings of which the next sight changes the status, other than before. */
  stirred: FindingKey[];
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

async function writeChanged(tx: Tx, context: WriterContext, sights: readonly Sight[]): Promise<Changes> {
  const { key, run, dictionary } = context;
  const outdated = sights.filter(({ source, seen: { at } }) => at < source.seenAt && at >= (source.completeAt ?? 0));
  await spellOutLastSeen(
    tx,
    key,
    outdated.map(({ assetId }) => assetId),
  );
  for (const sight of outdated) sight.source.seenAt = 0;
  const known = sights.filter(({ isNew }) => !isNew).map(({ assetId }) => assetId);
  const looks = await loadLooks(tx, key, known);
  for (const sight of sights) {
    const isLate = outdated.includes(sight) || looks.get(sight.assetId)?.some(({ at }) => at > sight.seen.at);
    // The newer report's words stand, so this one's digest would not be that of what is stored.
    if (isLate) sight.digest = "";
  }
  const opened = sights.map((sight) => open(sight, dictionary, looks.get(sight.assetId) ?? []));
  const old = opened.filter(({ isNew }) => !isNew);
  const findings = await loadFindings(tx, key.subscriptionId, old.flatMap(toKeys));
  const changes: Changes = {
    inserted: [],
    copied: [],
    updated: [],
    attributions: [],
    fresh: new Set(),
    stirred: [],
  };
  // A batch that is tried again has left its rows.
  context.rows.clear();
  copyPlain(
    context,
    opened.filter(({ isCopied }) => isCopied),
    changes,
  );
  for (const sight of opened) {
    for (const finding of sight.observation.findings.values()) observe(run, sight, finding, findings, changes);
  }
  await insertFindings(tx, key.subscriptionId, changes.inserted.sort(compareKeys), context.rows);
  await updateFindings(tx, key.subscriptionId, changes.updated.sort(compareKeys));
  await writeAttributions(tx, key.subscriptionId, changes.attributions.sort(compareKeys));
  await stirFindings(tx, key, changes.stirred);
  const reporting = old.filter(({ source }) => source.isKnown || source.isPending);
  const [first, later] = [
    reporting.filter(({ source }) => !source.isPending),
    reporting.filter(({ source }) => source.isPending),
  ];
  const missing = { first: first.map(toId), later: later.map(toId), late: first.flatMap(toLate) };
  await noteMissing(tx, key, missing, reporting.flatMap(toSeen));
  return changes;
}

const toId = ({ assetId }: Sight) => assetId;

function toLate({ assetId, seen: { at }, looks }: OpenedSight): LateSight[] {
  if (!looks.some((look) => look.at > at)) return [];
  const complete = looks.filter((look) => look.kind === "complete" && look.at < at).map((look) => look.at);
  return [{ assetId, at, goneBy: Math.max(0, ...complete) }];
}

function open(sight: Sight, dictionary: CheckDictionary, looks: readonly Look[]): OpenedSight {
  // The names of checks are the subscription's: whoever only reads the file does not know them.
  if (sight.isNew && !dictionary.hasNames) {
    return { ...sight, observation: unpackOthers(sight.seen, dictionary), looks, isCopied: true };
  }
  const observation = unpackObservation(sight.seen, dictionary);
  if (dictionary.hasNames) observation.rename(dictionary);
  return { ...sight, observation, looks, isCopied: false };
}

/** What {@link observe} would make of the plain findings of assets that nothing is known of. */
function copyPlain({ run, key, dictionary, rows }: WriterContext, sights: readonly OpenedSight[], changes: Changes) {
  const known = new Map<PlainRows, KnownKind[]>();
  for (const { assetId, seen } of sights) {
    const { plain, from, to, at } = seen;
    if (from === to) continue;
    const kinds = known.get(plain) ?? plain.kinds.map((kind) => toKnownKind(dictionary, ...kind));
    known.set(plain, kinds);
    const owner = { subscriptionId: key.subscriptionId, assetId, connectionId: key.connectionId, at };
    for (let index = from; index < to; index++) {
      const word = wordAt(plain, index);
      rows.addPlain(owner, kinds[word.kind]!, word);
    }
    changes.copied.push(assetId);
    changes.fresh.add(assetId);
    run.counts.findingsNew += to - from;
  }
}

function toKnownKind(dictionary: CheckDictionary, vendorId: string, cveId: string | null): KnownKind {
  const check = dictionary.find(vendorId)!;
  return { checkId: check.id, qds: check.scores.get(cveId) ?? 1 };
}

function observe(
  run: ImportRun,
  sight: OpenedSight,
  finding: ObservedFinding,
  known: ReadonlyMap<string, FindingState>,
  changes: Changes,
): void {
  const { assetId, source, observation, looks } = sight;
  const { fingerprint, checks, cveId, category, port, protocol, instance } = finding;
  const former = known.get(findingKey({ assetId, fingerprint }));
  const seen = checks.map(({ check, severity, evidence, state, times, remarks }) => ({
    checkId: check.id,
    vendorId: check.vendorId,
    severity,
    evidence: joinEvidence(evidence),
    state,
    isAliased: check.issue !== null,
    times,
    remarks,
  }));
  const sighting = { connectionId: run.connection.id, at: observation.at, checks: seen };
  const { next, outcome, isStateChanged, changed } = observeFinding(former, sighting, {
    completeAt: source.completeAt,
    looks,
  });
  // What this report says of the check that is shown now goes for the finding; an older report's word does not.
  const isShown = seen.some(({ checkId, severity }) => checkId === next.checkId && severity === next.severity);
  const isOther = isShown && category !== next.category;
  if (outcome === "new") {
    const qds = checks.find(({ check }) => check.id === next.checkId)?.check.scores.get(cveId) ?? 1;
    changes.inserted.push({ assetId, fingerprint, cveId, category, port, protocol, instance, qds, state: next });
  } else if (isStateChanged || isOther) {
    const state = isShown ? { ...next, category } : next;
    changes.updated.push({ assetId, fingerprint, state });
  }
  if (outcome !== "new") {
    for (const attribution of changed) changes.attributions.push({ assetId, fingerprint, attribution });
  }
  if (isFresh(next)) changes.fresh.add(assetId);
  if (isStirred(former, next, run.connection.id)) changes.stirred.push({ assetId, fingerprint });
  if (outcome === "new") run.counts.findingsNew++;
  else if (outcome === "reopened") run.counts.findingsReopened++;
  else if (outcome === "fixed") run.counts.findingsFixed++;
  else if (outcome === "updated") run.counts.findingsUpdated++;
  else run.counts.findingsUnchanged++;
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

function toKeys({ assetId, observation }: OpenedSight) {
  return [...observation.findings.keys()].map((fingerprint) => ({ assetId, fingerprint }));
}

function toSeen({ assetId, observation }: OpenedSight) {
  return [...observation.findings.values()].flatMap(({ fingerprint, checks }) =>
    checks.map(({ check }) => ({ assetId, fingerprint, checkId: check.id })),
  );
}

function touchedAssets({ inserted, copied, updated }: Changes): number[] {
  return [...copied, ...[...inserted, ...updated].map(({ assetId }) => assetId)];
}
