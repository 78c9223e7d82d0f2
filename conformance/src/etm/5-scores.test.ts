import { beforeAll, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { poll } from "../poll.ts";
import { ownTest, useOwnTarget } from "../target.ts";

type Asset = { id: string; name: string; truRiskScore: number; criticalityScore: number };
type Explained = { qds: number; explanation: { score: { factor: string; points: number }[] } };
type Settings = { weights: Record<string, number>; bands: Record<string, number>; isRescoring: boolean };

const target = useOwnTarget();
const CRITICAL = "CVE-2026-1001";

/** CVSS scores by plugin: 8 points for each. */
const host = (ip: string, scores: readonly { count: number; cvss: number; cve?: string }[]) => ({
  ip,
  items: scores.flatMap(({ count, cvss, cve }) =>
    Array.from({ length: count }, (_, index) => ({
      pluginId: 92_000 + cvss * 10,
      severity: 2 as const,
      port: 1000 + index,
      cvss3: cvss,
      ...(cve ? { cves: [cve] } : {}),
    })),
  ),
});

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  // 3 of 92 (known exploited, CVSS 9), 50 of 64, 20 of 24.
  const hosts = [
    host("10.8.0.1", [
      { count: 3, cvss: 9, cve: CRITICAL },
      { count: 50, cvss: 8 },
      { count: 20, cvss: 3 },
    ]),
  ];
  await importFile(target, await logIn(target), nessusFile(hosts));
  const catalogue = { catalogVersion: "2026.01.01", vulnerabilities: [{ cveID: CRITICAL, dateAdded: "2026-01-01" }] };
  await importFile(target, await logIn(target), JSON.stringify(catalogue));
});

const asset = async () =>
  (await bodyOf<Asset[]>(await get(target, "/etm/1.0/asset/list", await logIn(target))))[0] as Asset;
const settings = async () => bodyOf<Settings>(await get(target, "/etm/1.0/score-settings", await logIn(target)));
const change = async (json: object) =>
  call(target, "PUT", "/etm/1.0/score-settings", { token: await logIn(target), json });

/** The contract's formula, spelled here once more. */
function truRisk(criticality: number, bands: readonly [weight: number, average: number, count: number][]): number {
  const sum = bands.reduce((total, [weight, average, count]) => total + weight * average * count ** 0.01, 0);
  return Math.round(Math.min(criticality * sum, 1000));
}

ownTest("etm 5 [D]: TruRisk is criticality times the weighted averages of the bands", async () => {
  const expected = truRisk(2, [
    [1, 92, 3],
    [0.4, 64, 50],
    [0.2, 24, 20],
  ]);
  expect(await asset()).toMatchObject({ criticalityScore: 2, truRiskScore: expected });
  const token = await logIn(target);
  const json = { name: "Crown jewels", criticality: 5, assetIds: [Number((await asset()).id)] };
  await bodyOf(await call(target, "POST", "/admin/1.0/tag/create", { token, json }), 201);
  const raised = truRisk(5, [
    [1, 92, 3],
    [0.4, 64, 50],
    [0.2, 24, 20],
  ]);
  expect(await asset()).toMatchObject({ criticalityScore: 5, truRiskScore: raised });
});

ownTest("etm 5 [B]: a score is explained by the inputs it was made from", async () => {
  const filter = `finding.cveId:${CRITICAL}`;
  const token = await logIn(target);
  const [finding] = await bodyOf<{ id: string }[]>(
    await get(target, `/etm/1.0/finding/list${query({ filter })}`, token),
  );
  const { qds, explanation } = await bodyOf<Explained>(await get(target, `/etm/1.0/finding/${finding!.id}`, token));
  expect([qds, explanation.score.map(({ factor, points }) => [factor, points])]).toEqual([
    92,
    [
      ["cvss", 72],
      ["kev", 20],
    ],
  ]);
});

ownTest("etm 5 [B]: the score of an asset is explained by steps that add up to it", async () => {
  const { id, truRiskScore } = await asset();
  const { explanation } = await bodyOf<Explained>(await get(target, `/etm/1.0/asset/${id}`, await logIn(target)));
  expect(explanation.score.map(({ factor }) => factor)).toEqual([
    "critical",
    "medium",
    "low",
    "criticality",
    "rounding",
  ]);
  expect(explanation.score.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(truRiskScore, 8);
});

ownTest("etm 5 [B]: weights are settings; changing them scores all assets anew", async () => {
  expect(await settings()).toMatchObject({
    weights: { critical: 1, high: 0.6, medium: 0.4, low: 0.2 },
    bands: { critical: 850, high: 700, medium: 500 },
  });
  const changed = await bodyOf<Settings>(
    await change({ weights: { critical: 0.1, medium: 0 }, bands: { medium: 400 } }),
  );
  expect(changed).toMatchObject({
    weights: { critical: 0.1, high: 0.6, medium: 0, low: 0.2 },
    bands: { critical: 850, high: 700, medium: 400 },
  });
  await poll(settings, ({ isRescoring }) => !isRescoring);
  expect((await asset()).truRiskScore).toBe(
    truRisk(5, [
      [0.1, 92, 3],
      [0, 64, 50],
      [0.2, 24, 20],
    ]),
  );
  expect((await change({ bands: { high: 900 } })).status).toBe(400);
  expect((await change({ weights: { low: -1 } })).status).toBe(400);
  const reset = await bodyOf<Settings>(await change({ weights: null, bands: null }));
  expect(reset).toMatchObject({ weights: { critical: 1 }, bands: { medium: 500 } });
});

ownTest("etm 5 [B]: the best available version of CVSS counts, and the points add up to the score", async () => {
  const token = await logIn(target);
  const cve = "CVE-2020-1112";
  const item = { pluginId: 92_500, severity: 2 as const, cves: [cve], cvss2: 5.1, port: 7 };
  await importFile(target, token, nessusFile([{ ip: "10.8.0.2", items: [item] }]));
  const explained = async () => {
    const filter = `finding.cveId:${cve}`;
    const [one] = await bodyOf<{ id: string }[]>(await get(target, `/etm/1.0/finding/list${query({ filter })}`, token));
    return bodyOf<Explained & { cvss: { baseScore: number } }>(await get(target, `/etm/1.0/finding/${one!.id}`, token));
  };
  const steps = ({ explanation }: Explained) => explanation.score.map(({ factor, points }) => [factor, points]);
  const before = await explained();
  expect([before.qds, before.cvss.baseScore, steps(before)]).toEqual([
    41,
    5.1,
    [
      ["cvss", 40.8],
      ["rounding", 0.2],
    ],
  ]);
  const record = {
    dataType: "CVE_RECORD",
    cveMetadata: { cveId: cve, datePublished: "2020-01-02T00:00:00Z", dateUpdated: "2020-02-01T00:00:00Z" },
    containers: { cna: { metrics: [{ cvssV3_1: { baseScore: 9.8, vectorString: "CVSS:3.1/AV:N" } }] } },
  };
  await importFile(target, token, JSON.stringify(record));
  await importFile(
    target,
    token,
    `#model_version:v1,score_date:2026-01-01T12:00:00Z\ncve,epss,percentile\n${cve},0.9445,1\n`,
  );
  const after = await explained();
  expect([after.qds, after.cvss.baseScore, steps(after)]).toEqual([
    93,
    9.8,
    [
      ["cvss", 78.4],
      ["epss", 14.58],
      ["rounding", 0.02],
    ],
  ]);
});
