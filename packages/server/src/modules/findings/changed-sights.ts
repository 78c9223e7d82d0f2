import type { Look } from "@breakwater/domain/presence/index";
import type { Transaction } from "kysely";
import type { ImportRun } from "../ingest/sink.ts";
import type { Attribution } from "./attribution.ts";
import type { Sight, WriterContext } from "./batch-writer.ts";
import type { CheckDictionary } from "./check-dictionary.ts";
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
import type { KnownKind } from "./new-rows.ts";
import { type AssetObservation, joinEvidence, type ObservedFinding } from "./observation.ts";
import { type LateSight, noteMissing, spellOutLastSeen } from "./observation-store.ts";
import { unpackObservation, unpackOthers } from "./packed-scan.ts";
import { type PlainRange, type PlainRows, wordAt } from "./plain-rows.ts";
import { loadLooks } from "./source-looks.ts";
import { stirFindings } from "./stir-findings.ts";

type Tx = Transaction<unknown>;

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

/** Writes what the batch tells of assets that it does not show as they were last time. */
export async function writeChanged(tx: Tx, context: WriterContext, sights: readonly Sight[]): Promise<Changes> {
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
  if (sight.isNew) {
    const observation = unpackOthers(sight.seen, dictionary);
    if (!hasNamed(sight.seen, observation, dictionary)) return { ...sight, observation, looks, isCopied: true };
  }
  const observation = unpackObservation(sight.seen, dictionary);
  if (dictionary.hasNames) observation.rename(dictionary);
  return { ...sight, observation, looks, isCopied: false };
}

/**
 * Whether any of the findings goes by a name of its check: names are the subscription's, and whoever only reads the file does
 * not know them. Such a finding may be the same as any other of its asset.
 */
function hasNamed({ plain, from, to }: PlainRange, others: AssetObservation, dictionary: CheckDictionary): boolean {
  if (!dictionary.hasNames) return false;
  for (let index = from; index < to; index++) {
    const [vendorId] = plain.kinds[wordAt(plain, index).kind]!;
    if (dictionary.find(vendorId)!.issue !== null) return true;
  }
  return [...others.findings.values()].some(({ checks }) => checks.some(({ check }) => check.issue !== null));
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
    rows.addPlain(owner, kinds, seen);
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

function toKeys({ assetId, observation }: OpenedSight) {
  return [...observation.findings.keys()].map((fingerprint) => ({ assetId, fingerprint }));
}

function toSeen({ assetId, observation }: OpenedSight) {
  return [...observation.findings.values()].flatMap(({ fingerprint, checks }) =>
    checks.map(({ check }) => ({ assetId, fingerprint, checkId: check.id })),
  );
}

/** Assets of which findings were written. */
export function touchedAssets({ inserted, copied, updated }: Changes): number[] {
  return [...copied, ...[...inserted, ...updated].map(({ assetId }) => assetId)];
}
