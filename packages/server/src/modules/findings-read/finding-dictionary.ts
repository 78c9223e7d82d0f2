import type { VulnerabilityInput } from "@breakwater/domain/risk/index";
import { type RawBuilder, sql } from "kysely";
import { epochMs } from "./sql-values.ts";

/** A score of one CVSS generation; both null where nothing is known. */
export type Cvss = { score: number | null; vector: string | null };

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
  /** Score of the best version that the source gave. */
  cvssBase: number | null;
  cvss2: Cvss;
  cvss3: Cvss;
  cvss4: Cvss;
  /** The newest generation that has a number; of the CVE's record where the source gave none at all. */
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
export type RunQuery = <Row>(query: RawBuilder<Row>) => Promise<Row[]>;

type StoredScore = { version: string; score: number | null; vector: string | null };
type CheckRow = Omit<Check, keyof Generations | "cvss"> & { id: number; cvss: StoredScore[] };

/** Checks by id, each put into shape once. */
export async function readChecks(
  run: RunQuery,
  subscriptionId: number,
  ids: readonly number[],
): Promise<Map<number, Check>> {
  const rows = await run(sql<CheckRow>`
    SELECT id, product, vendor_id AS "vendorId", title, description, solution,
           cwe_ids AS "cweIds", family, coalesce(is_patch_available, false) AS "isPatchAvailable",
           cvss_base AS "cvssBase", cvss
    FROM check_definition WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])`);
  return new Map(
    rows.map(({ id, cvss, ...check }) => {
      const generations = toGenerations(cvss);
      return [id, { ...check, ...generations, cvss: newest(generations) ?? NO_CVSS }];
    }),
  );
}

const NO_CVSS: Cvss = { score: null, vector: null };

function toGenerations(cvss: readonly StoredScore[]): Generations {
  return { cvss2: bestOf(cvss, "2"), cvss3: bestOf(cvss, "3"), cvss4: bestOf(cvss, "4") };
}

function newest({ cvss2, cvss3, cvss4 }: Generations): Cvss | undefined {
  return [cvss4, cvss3, cvss2].find(({ score }) => score !== null);
}

/**
 * The check as a finding of a CVE shows it: generations of CVSS without a number are those of the CVE's record.
 *
 * @returns the same check when the record has nothing to add
 */
export function completeCheck(check: Check, { record }: CveSigns): Check {
  const lacks = (name: keyof Generations) => check[name].score === null && record?.[name].score != null;
  if (!record || !(lacks("cvss2") || lacks("cvss3") || lacks("cvss4"))) return check;
  const own = (name: keyof Generations) => (lacks(name) ? record[name] : check[name]);
  const generations = { cvss2: own("cvss2"), cvss3: own("cvss3"), cvss4: own("cvss4") };
  return { ...check, ...generations, cvss: newest(check) ?? newest(record) ?? NO_CVSS };
}

/** Of a check's scores of one CVSS generation, the one of the newest minor version that has a number. */
function bestOf(scores: readonly StoredScore[], generation: string): Cvss {
  let best: StoredScore | undefined;
  for (const entry of scores) {
    if (!entry.version.startsWith(generation)) continue;
    const isBetter =
      (entry.score !== null) === (best?.score != null) ? entry.version > (best?.version ?? "") : entry.score !== null;
    if (!best || isBetter) best = entry;
  }
  return { score: best?.score ?? null, vector: best?.vector ?? null };
}

/** What feeds tell of a finding's CVE; null where they were never loaded, or it has none, which differs from "not listed". */
export type CveSigns = {
  epss: number | null;
  cisaKev: boolean | null;
  /** CVSS of its record. */
  record: Generations | null;
} & Omit<VulnerabilityInput, "sourceCvss">;

const UNKNOWN = { epss: null, recordCvss: null, isKnownExploited: false, ssvcExploitation: null, record: null };

export const NO_CVE_SIGNS: CveSigns = { ...UNKNOWN, cisaKev: null };

/** Signs by CVE: each id that is asked for is there. */
export async function readCveSigns(run: RunQuery, cveIds: readonly string[]): Promise<Map<string, CveSigns>> {
  if (cveIds.length === 0) return new Map();
  const isKevLoaded = (await run(sql`SELECT FROM knowledge_feed WHERE kind = 'kev'`)).length > 0;
  type Row = Omit<CveSigns, "cisaKev" | "record"> & { cveId: string; cvss: StoredScore[] };
  const rows = await run(sql<Row>`
    SELECT cve_id AS "cveId", epss, kev_added_on IS NOT NULL AS "isKnownExploited", cvss_base AS "recordCvss",
      ssvc_exploitation AS "ssvcExploitation", cvss FROM cve_knowledge
    WHERE cve_id = ANY (${cveIds}::text[])`);
  const unknown: CveSigns = { ...UNKNOWN, cisaKev: isKevLoaded ? false : null };
  const signs = new Map(cveIds.map((cveId) => [cveId, unknown]));
  for (const { cveId, cvss, ...own } of rows) {
    const record = cvss.length > 0 ? toGenerations(cvss) : null;
    signs.set(cveId, { ...own, cisaKev: isKevLoaded ? own.isKnownExploited : null, record });
  }
  return signs;
}

/** The names a subscription's connections and tags have; `tags` in the order in which an asset shows them. */
export type Names = { connections: Map<number, string>; tags: Map<number, string> };

export async function readNames(run: RunQuery, subscriptionId: number): Promise<Names> {
  type Row = { id: number; name: string };
  const toMap = (rows: Row[]) => new Map(rows.map(({ id, name }) => [id, name]));
  const connections = await run(sql<Row>`SELECT id, name FROM connection WHERE subscription_id = ${subscriptionId}`);
  const tags = await run(sql<Row>`SELECT id, name FROM tag WHERE subscription_id = ${subscriptionId} ORDER BY name`);
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
  const rows = await run(sql<AssetRow>`
    SELECT id, name, risk, criticality, tag_ids AS "tagIds", ip_addresses::text[] AS "ipAddresses",
           mac_addresses AS "macAddresses", host_names AS "hostNames"
    FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])`);
  const seen = await run(sql<{ assetId: number; connectionId: number; atMs: number }>`
    SELECT asset_id AS "assetId", connection_id AS "connectionId", ${epochMs(sql`seen_at`)} AS "atMs"
    FROM asset_source WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${ids}::bigint[])`);
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
  for (const { assetId, connectionId, atMs } of seen) assets.get(assetId)?.seenAtMs.set(connectionId, atMs);
  return assets;
}

function withoutNetmask(address: string): string {
  const slash = address.indexOf("/");
  return slash === -1 ? address : address.slice(0, slash);
}
