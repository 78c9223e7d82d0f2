import { type RawBuilder, sql } from "kysely";
import {
  type Asset,
  type Check,
  type CveSigns,
  type Names,
  NO_CVE_SIGNS,
  type RunQuery,
  readAssets,
  readChecks,
  readCveSigns,
  readNames,
} from "./finding-dictionary.ts";
import { type FindingFormat, type Piece, toSeen } from "./finding-format.ts";
import { type FindingSet, readFindingRows, readReferences, selectFindingRows } from "./finding-rows.ts";

/** The session whose snapshot is read; it is asked one query at a time. */
export type FindingSession = {
  run: RunQuery;
  /** The whole output of `COPY (query) TO STDOUT (FORMAT binary)`; the query takes no parameters. */
  copy(query: RawBuilder<unknown>): Promise<Buffer>;
};

/** Findings that were read, as the pieces of their texts, which are made while they are taken. */
export type FindingTexts = { bytesRead: number; texts: Iterable<readonly Piece[]> };

export type FindingReader = {
  /** Reads a set that memory can hold. */
  read(set: Omit<FindingSet, "subscriptionId">): Promise<FindingTexts>;
};

/** How much text of checks is kept for the sets to come: that of about twenty thousand. */
const MAX_KEPT_CHARACTERS = 32 * 2 ** 20;
/** How many CVEs are kept for the sets to come. */
const MAX_KEPT_CVES = 100_000;

/**
 * PostgreSQL sends what is a finding's own, in binary columns, and each check and each asset once; the texts are put
 * together here. So both sides work at the same time, and a check's prose, most of a finding, is not sent with each.
 */
export function createFindingReader<C, A>(
  session: FindingSession,
  subscriptionId: number,
  format: FindingFormat<C, A>,
): FindingReader {
  let names: Names | undefined;
  const keepChecks = createCheckCache(session.run, subscriptionId, format);
  const keepCves = createCveCache(session.run);
  return {
    async read(set) {
      names ??= await readNames(session.run, subscriptionId);
      const bytes = await session.copy(selectFindingRows({ ...set, subscriptionId: sql.lit(subscriptionId) }));
      const { assetIds, checkIds, cveIds } = readReferences(bytes);
      const checks = await keepChecks(checkIds);
      const cves = await keepCves(cveIds);
      const assets = await readAssets(session.run, subscriptionId, [...assetIds], names.tags);
      return { bytesRead: bytes.length, texts: toTexts(format, bytes, { checks, cves, assets, names }) };
    },
  };
}

type KeptCheck<C> = { check: Check; text: C };

/** Reads checks, as far as they are not known from former calls. */
function createCheckCache<C>(run: RunQuery, subscriptionId: number, format: FindingFormat<C, unknown>) {
  let kept = new Map<number, KeptCheck<C>>();
  let characters = 0;
  return async (ids: ReadonlySet<number>): Promise<ReadonlyMap<number, KeptCheck<C>>> => {
    if (characters > MAX_KEPT_CHARACTERS) {
      kept = new Map();
      characters = 0;
    }
    const missing = [...ids].filter((id) => !kept.has(id));
    if (missing.length === 0) return kept;
    for (const [id, check] of await readChecks(run, subscriptionId, missing)) {
      kept.set(id, { check, text: format.check(check) });
      characters += check.title.length + 2 * (check.description.length + check.solution.length);
    }
    return kept;
  };
}

/** Reads what is known of CVEs, as far as it is not known from former calls. */
function createCveCache(run: RunQuery) {
  let kept = new Map<string, CveSigns>();
  return async (ids: ReadonlySet<string>): Promise<ReadonlyMap<string, CveSigns>> => {
    if (kept.size > MAX_KEPT_CVES) kept = new Map();
    const missing = [...ids].filter((id) => !kept.has(id));
    for (const [id, signs] of await readCveSigns(run, missing)) kept.set(id, signs);
    return kept;
  };
}

function* toTexts<C, A>(
  format: FindingFormat<C, A>,
  bytes: Buffer,
  {
    checks,
    cves,
    assets,
    names,
  }: {
    checks: ReadonlyMap<number, KeptCheck<C>>;
    cves: ReadonlyMap<string, CveSigns>;
    assets: ReadonlyMap<number, Asset>;
    names: Names;
  },
): Generator<readonly Piece[]> {
  const assetTexts = new Map<number, A>();
  // Decoded only now, one after the other: ten thousand at once would live long enough to burden the garbage collector.
  for (const finding of readFindingRows(bytes)) {
    const asset = assets.get(finding.assetId)!;
    let assetText = assetTexts.get(asset.id);
    if (assetText === undefined) {
      assetText = format.asset(asset);
      assetTexts.set(asset.id, assetText);
    }
    const seen = toSeen(finding, asset, checks, names);
    const signs = finding.cveId === null ? NO_CVE_SIGNS : cves.get(finding.cveId)!;
    yield format.record(finding, checks.get(finding.checkId)!.text, assetText, seen, signs);
  }
}
