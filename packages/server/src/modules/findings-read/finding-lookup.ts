import { vulnerabilityScore } from "@breakwater/domain/risk/index";
import {
  type Check,
  type CveSigns,
  completeCheck,
  type Names,
  NO_CVE_SIGNS,
  type RunQuery,
  readAssets,
  readChecks,
  readCveSigns,
  readIsKevWhole,
  readNames,
} from "./finding-dictionary.ts";
import { type Attribution, type FindingRecord, type FindingTexts, toAttributionHead } from "./finding-format.ts";
import type { FindingRow, References } from "./finding-rows.ts";

/** What findings refer to, each told once and made into text once. */
export type FindingLookup<C, A> = {
  /** Reads what is not known yet. Assets are those of the last call only; checks and CVEs stay, up to a bound. */
  learn(references: References): Promise<void>;
  /** Undefined when its check or asset is not there: gone between two statements of different snapshots. */
  toRecord(finding: FindingRow): FindingRecord<C, A> | undefined;
};

/** How much text of checks is kept: that of about ten thousand. */
const MAX_KEPT_CHARACTERS = 16 * 2 ** 20;
const MAX_KEPT_CVES = 50_000;

/**
 * `completed`: the texts of findings whose CVE's record adds to the check, by that record; `scored`: what a finding scored with
 * the signs that were asked last, nearly always the same; `heads` by the connection's name.
 */
export type KnownCheck<C> = {
  check: Check;
  text: C;
  completed?: WeakMap<CveSigns, C>;
  scored?: { signs: CveSigns; qvss: number | null };
  heads: Map<string | undefined, Buffer>;
};
/** `seenAtMs`: when each connection last looked at it, epoch milliseconds by connection id. */
export type KnownAsset<A> = { seenAtMs: ReadonlyMap<number, number>; text: A };

/** What is known of the things that findings refer to, by their ids. */
export type KnownRows<C, A> = {
  checks: ReadonlyMap<number, KnownCheck<C>>;
  assets: ReadonlyMap<number, KnownAsset<A>>;
  cves: ReadonlyMap<string, CveSigns>;
  connections: Names["connections"];
};

export function createFindingLookup<C, A>(
  run: RunQuery,
  subscriptionId: number,
  format: FindingTexts<C, A>,
): FindingLookup<C, A> {
  let names: Names = { connections: new Map(), tags: new Map() };
  let hasNames = false;
  let isKevWhole: boolean | undefined;
  const checks = new Map<number, KnownCheck<C>>();
  const cves = new Map<string, CveSigns>();
  const known = { checks, cves, assets: new Map<number, KnownAsset<A>>(), connections: names.connections };
  const kept = { characters: 0 };
  const keep = (characters: number) => {
    kept.characters += characters;
  };

  const learnChecks = async (ids: ReadonlySet<number>) => {
    if (kept.characters > MAX_KEPT_CHARACTERS) {
      checks.clear();
      kept.characters = 0;
    }
    const missing = [...ids].filter((id) => !checks.has(id));
    if (missing.length === 0) return;
    for (const [id, check] of await readChecks(run, subscriptionId, missing)) {
      checks.set(id, { check, text: format.check(check), heads: new Map() });
      keep(charactersOf(check));
    }
  };
  const learnCves = async (ids: ReadonlySet<string>) => {
    if (cves.size > MAX_KEPT_CVES) cves.clear();
    const missing = [...ids].filter((id) => !cves.has(id));
    if (missing.length === 0) return;
    isKevWhole ??= await readIsKevWhole(run);
    for (const [id, signs] of await readCveSigns(run, missing, isKevWhole)) cves.set(id, signs);
  };
  const learnAssets = async (ids: ReadonlySet<number>) => {
    const former = known.assets;
    known.assets = new Map();
    for (const id of ids) if (former.has(id)) known.assets.set(id, former.get(id)!);
    const missing = [...ids].filter((id) => !known.assets.has(id));
    if (missing.length === 0) return;
    for (const [id, asset] of await readAssets(run, subscriptionId, missing, names.tags))
      known.assets.set(id, { seenAtMs: asset.seenAtMs, text: format.asset(asset) });
  };
  return {
    learn: async ({ assetIds, checkIds, cveIds }) => {
      if (!hasNames) names = await readNames(run, subscriptionId);
      hasNames = true;
      known.connections = names.connections;
      await learnChecks(checkIds);
      await learnCves(cveIds);
      await learnAssets(assetIds);
    },
    toRecord: (finding) => toRecord(format, known, finding, keep),
  };
}

/**
 * @param onKept told how much text is kept from now on with a known check
 * @returns undefined when its check or asset is not known
 */
export function toRecord<C, A>(
  format: FindingTexts<C, A>,
  { checks, assets, cves, connections }: KnownRows<C, A>,
  finding: FindingRow,
  onKept: (characters: number) => void,
): FindingRecord<C, A> | undefined {
  const known = checks.get(finding.checkId);
  const asset = assets.get(finding.assetId);
  if (!known || !asset) return undefined;
  const signs = (finding.cveId !== null && cves.get(finding.cveId)) || NO_CVE_SIGNS;
  const check = toCheckText(format, known, signs, onKept);
  const qvss = finding.cveId === null ? null : toScore(known, signs);
  const { lastFoundMs, sources } = toSeen(finding, asset.seenAtMs, checks, connections);
  return { finding, check, asset: asset.text, signs, qvss, lastFoundMs, sources };
}

function toScore(known: KnownCheck<unknown>, signs: CveSigns): number | null {
  if (known.scored?.signs !== signs) {
    known.scored = { signs, qvss: vulnerabilityScore({ ...signs, sourceCvss: known.check.cvssBase }) };
  }
  return known.scored.qvss;
}

export function charactersOf({ title, description, solution }: Check): number {
  return title.length + 2 * (description.length + solution.length);
}

/** The check's text for a finding of a CVE. */
function toCheckText<C>(
  format: FindingTexts<C, unknown>,
  known: KnownCheck<C>,
  signs: CveSigns,
  onKept: (characters: number) => void,
): C {
  if (signs.record === null) return known.text;
  let text = known.completed?.get(signs);
  if (text !== undefined) return text;
  const check = completeCheck(known.check, signs);
  text = check === known.check ? known.text : format.check(check);
  if (check !== known.check) onKept(charactersOf(check));
  known.completed ??= new WeakMap();
  known.completed.set(signs, text);
  return text;
}

/**
 * An unchanged re-import moves only the asset's seen-at; so a source that still has an open finding, and does not tell
 * itself when it saw it, saw it then, and the finding was last found when any of them saw it.
 */
function toSeen(
  finding: FindingRow,
  seenBy: KnownAsset<unknown>["seenAtMs"],
  checks: KnownRows<unknown, unknown>["checks"],
  connections: Names["connections"],
): { lastFoundMs: number; sources: Attribution[] } {
  let lastFoundMs = finding.ownLastFoundMs;
  const sources: Attribution[] = [];
  for (const source of finding.sources) {
    const known = checks.get(source.checkId);
    if (!known) continue;
    const isCurrent = source.isPresent && !source.isDated && finding.status !== "FIXED";
    const seenAtMs = isCurrent ? seenBy.get(source.connectionId) : undefined;
    if (seenAtMs !== undefined && seenAtMs > lastFoundMs) lastFoundMs = seenAtMs;
    const lastSeenMs = Math.max(source.lastSeenMs, seenAtMs ?? source.lastSeenMs);
    sources.push({ source, lastSeenMs, head: toHead(known, connections.get(source.connectionId)) });
  }
  return { lastFoundMs, sources };
}

function toHead({ check, heads }: KnownCheck<unknown>, connection: string | undefined): Buffer {
  let head = heads.get(connection);
  if (!head) {
    head = toAttributionHead(check, connection);
    heads.set(connection, head);
  }
  return head;
}
