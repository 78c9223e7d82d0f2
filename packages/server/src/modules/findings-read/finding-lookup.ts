import { vulnerabilityScore } from "@breakwater/domain/risk/index";
import {
  type Asset,
  type Check,
  type CveSigns,
  completeCheck,
  type Names,
  NO_CVE_SIGNS,
  type RunQuery,
  readAssets,
  readChecks,
  readCveSigns,
  readNames,
} from "./finding-dictionary.ts";
import { type Attribution, type FindingFormat, type FindingRecord, toAttributionHead } from "./finding-format.ts";
import type { FindingRow, References, SourceRow } from "./finding-rows.ts";

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

/** `completed`: the texts of findings whose CVE's record adds to the check, by that record; `heads` by connection. */
type KnownCheck<C> = {
  check: Check;
  text: C;
  completed?: WeakMap<CveSigns, C>;
  heads: Map<number, Buffer>;
};
type KnownAsset<A> = { asset: Asset; text: A };

export function createFindingLookup<C, A>(
  run: RunQuery,
  subscriptionId: number,
  format: FindingFormat<C, A>,
): FindingLookup<C, A> {
  let names: Names = { connections: new Map(), tags: new Map() };
  let hasNames = false;
  let assets = new Map<number, KnownAsset<A>>();
  const checks = new Map<number, KnownCheck<C>>();
  const cves = new Map<string, CveSigns>();
  const kept = { characters: 0 };

  const learnChecks = async (ids: ReadonlySet<number>) => {
    if (kept.characters > MAX_KEPT_CHARACTERS) {
      checks.clear();
      kept.characters = 0;
    }
    const missing = [...ids].filter((id) => !checks.has(id));
    if (missing.length === 0) return;
    for (const [id, check] of await readChecks(run, subscriptionId, missing)) {
      checks.set(id, { check, text: format.check(check), heads: new Map() });
      kept.characters += charactersOf(check);
    }
  };
  const learnCves = async (ids: ReadonlySet<string>) => {
    if (cves.size > MAX_KEPT_CVES) cves.clear();
    const missing = [...ids].filter((id) => !cves.has(id));
    for (const [id, signs] of await readCveSigns(run, missing)) cves.set(id, signs);
  };
  const learnAssets = async (ids: ReadonlySet<number>) => {
    const known = assets;
    assets = new Map();
    for (const id of ids) if (known.has(id)) assets.set(id, known.get(id)!);
    const missing = [...ids].filter((id) => !assets.has(id));
    if (missing.length === 0) return;
    for (const [id, asset] of await readAssets(run, subscriptionId, missing, names.tags))
      assets.set(id, { asset, text: format.asset(asset) });
  };
  return {
    learn: async ({ assetIds, checkIds, cveIds }) => {
      if (!hasNames) names = await readNames(run, subscriptionId);
      hasNames = true;
      await learnChecks(checkIds);
      await learnCves(cveIds);
      await learnAssets(assetIds);
    },
    toRecord: (finding) => {
      const known = checks.get(finding.checkId);
      const asset = assets.get(finding.assetId);
      if (!known || !asset) return undefined;
      const signs = (finding.cveId !== null && cves.get(finding.cveId)) || NO_CVE_SIGNS;
      const check = toCheckText(format, known, signs, kept);
      const qvss = finding.cveId === null ? null : vulnerabilityScore({ ...signs, sourceCvss: known.check.cvssBase });
      return { finding, check, asset: asset.text, signs, qvss, ...toSeen(finding, asset.asset, checks, names) };
    },
  };
}

function charactersOf({ title, description, solution }: Check): number {
  return title.length + 2 * (description.length + solution.length);
}

/** The check's text for a finding of a CVE; what it takes is added to what is kept. */
function toCheckText<C>(
  format: FindingFormat<C, unknown>,
  known: KnownCheck<C>,
  signs: CveSigns,
  kept: { characters: number },
): C {
  if (signs.record === null) return known.text;
  let text = known.completed?.get(signs);
  if (text !== undefined) return text;
  const check = completeCheck(known.check, signs);
  text = check === known.check ? known.text : format.check(check);
  if (check !== known.check) kept.characters += charactersOf(check);
  known.completed ??= new WeakMap();
  known.completed.set(signs, text);
  return text;
}

/**
 * An unchanged re-import moves only the asset's seen-at; so a source that still has an open finding saw it then, and
 * the finding was last found when any of them saw it.
 */
function toSeen(
  finding: FindingRow,
  asset: Asset,
  checks: ReadonlyMap<number, KnownCheck<unknown>>,
  names: Names,
): { lastFoundMs: number; sources: Attribution[] } {
  let lastFoundMs = finding.ownLastFoundMs;
  const sources: Attribution[] = [];
  for (const source of finding.sources) {
    const known = checks.get(source.checkId);
    if (!known) continue;
    const isCurrent = source.isPresent && finding.status !== "FIXED";
    const seenAtMs = isCurrent ? asset.seenAtMs.get(source.connectionId) : undefined;
    if (seenAtMs !== undefined && seenAtMs > lastFoundMs) lastFoundMs = seenAtMs;
    const lastSeenMs = Math.max(source.lastSeenMs, seenAtMs ?? source.lastSeenMs);
    sources.push({ source, lastSeenMs, head: toHead(known, source, names) });
  }
  return { lastFoundMs, sources };
}

function toHead({ check, heads }: KnownCheck<unknown>, { connectionId }: SourceRow, { connections }: Names): Buffer {
  let head = heads.get(connectionId);
  if (!head) {
    head = toAttributionHead(check, connections.get(connectionId));
    heads.set(connectionId, head);
  }
  return head;
}
