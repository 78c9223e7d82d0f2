import type { VulnerabilityInput } from "@breakwater/domain/risk/index";
import { EPOCH_MS, type Statement, statement } from "./statement.ts";

/** A score of one CVSS generation; null where nothing is known. */
export type Cvss = { version: string | null; score: number | null; vector: string | null };

/** What a finding shows of its check. */
export type Check = {
  product: string;
  vendorId: string;
  title: string;
  description: string;
  solution: string;
  cweIds: string[];
  family: string | null;
  isPatchAvailable: boolean;
  isQualysPatchable: boolean;
  /** Score of the best version that the source gave. */
  cvssBase: number | null;
  cvss2: Cvss;
  cvss3: Cvss;
  cvss4: Cvss;
  /** The best version that has a number, of the source or the CVE's record. */
  cvss: Cvss;
};

type Generations = Pick<Check, "cvss2" | "cvss3" | "cvss4">;

/** What a finding shows of its asset. */
export type Asset = {
  id: number;
  name: string;
  risk: number;
  criticality: number;
  tags: string[];
  ipAddresses: string[];
  macAddresses: string[];
  hostNames: string[];
  /** When each connection last looked at it, epoch milliseconds by connection id. */
  seenAtMs: Map<number, number>;
};

/** Runs a query in the session whose snapshot is being read. */
export type RunQuery = <Row>(query: Statement<Row>) => Promise<Row[]>;

type StoredScore = { version: string; score: number | null; vector: string | null };
type CheckRow = Omit<Check, keyof Generations | "cvss"> & { id: number; cvss: StoredScore[] };

/** Checks by id, each put into shape once. */
export async function readChecks(
  run: RunQuery,
  subscriptionId: number,
  ids: readonly number[],
): Promise<Map<number, Check>> {
  const rows = await run(statement<CheckRow>`
    SELECT id, product, vendor_id AS "vendorId", title, description, solution,
           cwe_ids AS "cweIds", family, coalesce(is_patch_available, false) AS "isPatchAvailable",
           coalesce(is_vendor_patchable, false) AS "isQualysPatchable",
           cvss_base AS "cvssBase", cvss
    FROM check_definition WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])`);
  return new Map(
    rows.map(({ id, cvss, ...check }) => {
      const generations = toGenerations(cvss);
      return [id, { ...check, ...generations, cvss: newest(generations) ?? NO_CVSS }];
    }),
  );
}

const NO_CVSS: Cvss = { version: null, score: null, vector: null };

function toGenerations(cvss: readonly StoredScore[]): Generations {
  return { cvss2: bestOf(cvss, "2"), cvss3: bestOf(cvss, "3"), cvss4: bestOf(cvss, "4") };
}

function newest({ cvss2, cvss3, cvss4 }: Generations): Cvss | undefined {
  return [cvss4, cvss3, cvss2].find(({ score }) => score !== null);
}

/**
 * The check as a finding of a CVE shows it: of each generation the better version that has a number, its own or that of the
 * CVE's record; of one version its own. As the detection score takes it.
 *
 * @returns the same check when the record has nothing to add
 */
export function completeCheck(check: Check, { record }: CveSigns): Check {
  if (!record) return check;
  const better = (name: keyof Generations) => (isBetter(record[name], check[name]) ? record[name] : check[name]);
  const generations = { cvss2: better("cvss2"), cvss3: better("cvss3"), cvss4: better("cvss4") };
  const isSame = GENERATIONS.every((name) => generations[name] === check[name]);
  return isSame ? check : { ...check, ...generations, cvss: newest(generations) ?? NO_CVSS };
}

const GENERATIONS = ["cvss2", "cvss3", "cvss4"] as const;

/** One that has a number goes before one that has none, and then a newer version. */
function isBetter(one: Cvss, other: Cvss): boolean {
  if ((one.score === null) !== (other.score === null)) return other.score === null;
  return (one.version ?? "") > (other.version ?? "");
}

/** Of scores of one CVSS generation, the one of the newest minor version that has a number; of several such the highest. */
function bestOf(scores: readonly StoredScore[], generation: string): Cvss {
  let best: Cvss = NO_CVSS;
  for (const entry of scores) {
    if (!entry.version.startsWith(generation)) continue;
    const isSameVersion = entry.version === best.version;
    if (isBetter(entry, best) || (isSameVersion && (entry.score ?? -1) > (best.score ?? -1))) best = entry;
  }
  return best;
}

/** What feeds tell of a finding's CVE; null where no whole one was ever loaded, or it has none, which differs from "not listed". */
export type CveSigns = {
  epss: number | null;
  cisaKev: boolean | null;
  /** CVSS of its record. */
  record: Generations | null;
} & Omit<VulnerabilityInput, "sourceCvss">;

const UNKNOWN = { epss: null, recordCvss: null, isKnownExploited: false, ssvcExploitation: null, record: null };

export const NO_CVE_SIGNS: CveSigns = { ...UNKNOWN, cisaKev: null };

/** Whether a whole catalogue was ever loaded: only then is what is not in it known not to be listed. */
export async function readIsKevWhole(run: RunQuery): Promise<boolean> {
  return (await run(statement`SELECT FROM knowledge_feed WHERE kind = 'kev' AND whole_at IS NOT NULL`)).length > 0;
}

/** Signs by CVE: each id that is asked for is there. */
export async function readCveSigns(
  run: RunQuery,
  cveIds: readonly string[],
  isKevWhole: boolean,
): Promise<Map<string, CveSigns>> {
  type Row = Omit<CveSigns, "cisaKev" | "record"> & { cveId: string; cvss: StoredScore[] };
  const rows = await run(statement<Row>`
    SELECT cve_id AS "cveId", epss, kev_added_on IS NOT NULL AS "isKnownExploited", cvss_base AS "recordCvss",
      ssvc_exploitation AS "ssvcExploitation", cvss FROM cve_knowledge
    WHERE cve_id = ANY (${cveIds}::text[])`);
  const unknown: CveSigns = { ...UNKNOWN, cisaKev: isKevWhole ? false : null };
  const signs = new Map(cveIds.map((cveId) => [cveId, unknown]));
  for (const { cveId, cvss, ...own } of rows) {
    const record = cvss.length > 0 ? toGenerations(cvss) : null;
    signs.set(cveId, { ...own, cisaKev: own.isKnownExploited || unknown.cisaKev, record });
  }
  return signs;
}

/** The names a subscription's connections and tags have; `tags` in the order in which an asset shows them. */
export type Names = { connections: Map<number, string>; tags: Map<number, string> };

export async function readNames(run: RunQuery, subscriptionId: number): Promise<Names> {
  type Row = { id: number; name: string };
  const toMap = (rows: Row[]) => new Map(rows.map(({ id, name }) => [id, name]));
  const connections = await run(
    statement<Row>`SELECT id, name FROM connection WHERE subscription_id = ${subscriptionId}`,
  );
  const tags = await run(
    statement<Row>`SELECT id, name FROM tag WHERE subscription_id = ${subscriptionId} ORDER BY name`,
  );
  return { connections: toMap(connections), tags: toMap(tags) };
}

type AssetRow = Omit<Asset, "tags" | "seenAtMs"> & { tagIds: number[] };

/** Assets by id. */
export async function readAssets(
  run: RunQuery,
  subscriptionId: number,
  ids: readonly number[],
  tagNames: Names["tags"],
): Promise<Map<number, Asset>> {
  const assets = await readUnseenAssets(run, subscriptionId, ids, tagNames);
  const seen = await run(statement<{ assetId: number; connectionId: number; atMs: number }>`
    SELECT asset_id AS "assetId", connection_id AS "connectionId", ${statement(EPOCH_MS, statement`seen_at`)} AS "atMs"
    FROM asset_source WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${ids}::bigint[])`);
  for (const { assetId, connectionId, atMs } of seen) assets.get(assetId)?.seenAtMs.set(connectionId, atMs);
  return assets;
}

/** The same without who saw them when. */
export async function readUnseenAssets(
  run: RunQuery,
  subscriptionId: number,
  ids: readonly number[],
  tagNames: Names["tags"],
): Promise<Map<number, Asset>> {
  const rows = await run(statement<AssetRow>`
    SELECT id, name, risk, criticality, tag_ids AS "tagIds", ip_addresses::text[] AS "ipAddresses",
           mac_addresses AS "macAddresses", host_names AS "hostNames"
    FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])`);
  const ranks = new Map([...tagNames.keys()].map((id, rank) => [id, rank]));
  const assets = new Map<number, Asset>();
  for (const { tagIds, ...asset } of rows) {
    const known = [...new Set(tagIds)].filter((id) => ranks.has(id)).sort((a, b) => ranks.get(a)! - ranks.get(b)!);
    assets.set(asset.id, {
      ...asset,
      ipAddresses: asset.ipAddresses.map(withoutNetmask),
      tags: known.map((id) => tagNames.get(id)!),
      seenAtMs: new Map(),
    });
  }
  return assets;
}

function withoutNetmask(address: string): string {
  const slash = address.indexOf("/");
  return slash === -1 ? address : address.slice(0, slash);
}
