import { gzipSync } from "node:zlib";
import { beforeAll, expect } from "vitest";
import { ZipFile } from "yazl";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { readFindings } from "../reports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Finding = {
  cveId: string | null;
  qds: number;
  cvss: { baseScore: number | null };
  cve: { epss: number | null; cisaKev: boolean | null; cvss3Info: { basescore: number | null; vector: string | null } };
};
type Feed = {
  kind: string;
  status: string;
  version: string | null;
  publishedDate: number | null;
  ageDays: number | null;
};

const clock = new HandClock("2026-08-10T12:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const LISTED = "CVE-2026-0001";
const OTHER = "CVE-2026-0002";

const kev = (day: string, cves: string[]) =>
  JSON.stringify({
    title: "CISA Catalog of Known Exploited Vulnerabilities",
    catalogVersion: day.replaceAll("-", "."),
    dateReleased: `${day}T15:00:00.0000Z`,
    count: cves.length,
    vulnerabilities: cves.map((cveID) => ({ cveID, dateAdded: day, knownRansomwareCampaignUse: "Known" })),
  });
const epss = (day: string, scores: Record<string, number>) =>
  `#model_version:v2026.03.16,score_date:${day}T12:55:00Z\ncve,epss,percentile\n${Object.entries(scores)
    .map(([cve, score]) => `${cve},${score},0.5\n`)
    .join("")}`;
const record = (cveId: string, exploitation: string) =>
  JSON.stringify({
    dataType: "CVE_RECORD",
    cveMetadata: { cveId, datePublished: "2026-01-02T00:00:00Z", dateUpdated: "2026-02-01T00:00:00Z" },
    containers: {
      cna: { metrics: [{ cvssV3_1: { baseScore: 10, vectorString: "CVSS:3.1/AV:N" } }] },
      adp: [{ metrics: [{ other: { type: "ssvc", content: { options: [{ Exploitation: exploitation }] } } }] }],
    },
  });

async function zip(files: readonly (readonly [string, string])[]): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, text] of files) archive.addBuffer(Buffer.from(text), name);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  const items = [LISTED, OTHER].map((cve, index) => ({ pluginId: 90_000 + index, severity: 2 as const, cves: [cve] }));
  const hosts = [{ ip: "10.6.0.1", items: [...items, { pluginId: 90_009, severity: 1 as const }] }];
  await importFile(target, await logIn(target), nessusFile(hosts));
});

const find = async (filter: string) => {
  const path = `/etm/1.0/finding/list${query({ filter, sort: '[{"finding.cveId":"asc"}]' })}`;
  return bodyOf<Finding[]>(await get(target, path, await logIn(target)));
};
const shown = async (filter = "") =>
  (await find(filter)).map(({ cveId, qds, cve }) => [cveId, qds, cve.epss, cve.cisaKev]);
const load = async (file: string | Uint8Array) => importFile(target, await logIn(target), file);
const feeds = async () => bodyOf<Feed[]>(await get(target, "/etm/1.0/feed/list", await logIn(target)));

ownTest("etm 6 [B]: never loaded is null, and is told so", async () => {
  expect(await shown()).toEqual([
    [LISTED, 44, null, null],
    [OTHER, 44, null, null],
    [null, 16, null, null],
  ]);
  expect((await feeds()).map(({ kind, status, ageDays }) => [kind, status, ageDays])).toEqual([
    ["kev", "NEVER_LOADED", null],
    ["epss", "NEVER_LOADED", null],
    ["cve", "NEVER_LOADED", null],
    ["ssvc", "NEVER_LOADED", null],
    ["csaf", "NEVER_LOADED", null],
  ]);
});

ownTest("etm 6 [B]: of a first catalogue that broke off only what it lists is known", async () => {
  const job = await load(kev("2026-08-07", [LISTED]).slice(0, -2));
  expect(job).toMatchObject({ status: "COMPLETED", counts: { recordsRead: 1 } });
  expect(job.issues.map(({ code }) => code)).toEqual(["json-truncated", "feed-incomplete"]);
  const partly = [
    [LISTED, 90, null, true],
    [OTHER, 44, null, null],
    [null, 16, null, null],
  ];
  expect(await shown()).toEqual(partly);
  const reported = await readFindings(target, await logIn(target), { findingsQql: `finding.cveId:${OTHER}` });
  expect(reported).toMatchObject([{ cve: { cisaKev: null } }]);
  for (const [filter, cves] of [
    ["finding.riskFactor.isCisaKnownExploit:true", [LISTED]],
    ["finding.threatIntel.isCisaKnownExploitedVuln:false", []],
    ["finding.riskFactor.isExploited is null", [OTHER, null]],
  ] as const) {
    expect([filter, (await find(filter)).map(({ cveId }) => cveId)]).toEqual([filter, cves]);
  }
  expect((await feeds())[0]).toMatchObject({ status: "INCOMPLETE" });
});

ownTest("etm 6 [B]: once a whole catalogue was loaded, what is not listed is false", async () => {
  const job = await load(kev("2026-08-07", [LISTED]));
  expect(job).toMatchObject({ status: "COMPLETED", format: "kev", counts: { recordsRead: 1 } });
  expect(await shown()).toEqual([
    [LISTED, 90, null, true],
    [OTHER, 44, null, false],
    [null, 16, null, null],
  ]);
  expect((await feeds())[0]).toMatchObject({
    status: "LOADED",
    version: "2026.08.07",
    publishedDate: Date.UTC(2026, 7, 7, 15),
    ageDays: 2,
  });
});

ownTest("etm 6 [B]: EPSS in gzip, and CVE records with SSVC and CVSS; a load re-scores what it touches", async () => {
  const job = await load(gzipSync(epss("2026-08-08", { [OTHER]: 0.25 })));
  expect(job).toMatchObject({ status: "COMPLETED", format: "epss" });
  expect(await shown("finding.epssScore>0.2")).toEqual([[OTHER, 52, 0.25, false]]);
  await load(record(OTHER, "active"));
  // 80 of CVSS 10, which the scan does not tell, 20 of active exploitation, 7.5 of EPSS: at most 100.
  expect(await shown(`finding.cveId:${OTHER}`)).toEqual([[OTHER, 100, 0.25, false]]);
  const statuses = (await feeds()).map(({ status }) => status);
  expect(statuses).toEqual(["LOADED", "LOADED", "LOADED", "LOADED", "NEVER_LOADED"]);
});

ownTest("etm 3 [D]: `cve.cvss3Info.basescore` is that of the CVE's record where the source has none", async () => {
  const [found] = await find("finding.cvss3BaseScore:10");
  expect(found).toMatchObject({
    cveId: OTHER,
    cvss: { baseScore: 10 },
    cve: { cvss3Info: { basescore: 10, vector: "CVSS:3.1/AV:N" }, cvss2Info: { basescore: null } },
  });
  expect(await find("finding.cvss3BaseScore is null")).toHaveLength(2);
  const [reported] = await readFindings(target, await logIn(target), { findingsQql: `finding.cveId:${OTHER}` });
  expect(reported).toMatchObject({ cve: { cvss3Info: { basescore: 10 } } });
});

ownTest("qql 2 [D]: tokens of the feeds find what they tell", async () => {
  const cves = async (filter: string) => (await find(filter)).map(({ cveId }) => cveId);
  expect(await cves("finding.riskFactor.rti:Cisa_Known_Exploited_Vulns")).toEqual([LISTED]);
  expect(await cves("finding.riskFactor.isCisaKnownExploit:true")).toEqual([LISTED]);
  expect(await cves("finding.threatIntel.isCisaKnownExploitedVuln:false")).toEqual([OTHER]);
  expect(await cves("finding.threatIntel.isRansomware:true")).toEqual([LISTED]);
  expect(await cves("finding.riskFactor.isExploited:true and finding.threatIntel.isActiveAttack:true")).toEqual([
    LISTED,
    OTHER,
  ]);
  expect(await cves("finding.cvePublishedDate:2026-01-02")).toEqual([OTHER]);
  expect(await cves("finding.epssScore is null and finding.riskFactor.isExploited is null")).toEqual([null]);
});

ownTest(
  "etm 6 [B]: an older feed changes nothing and says so; a newer one takes off what it does not list",
  async () => {
    const older = await load(kev("2026-08-01", [OTHER]));
    expect(older).toMatchObject({ status: "COMPLETED", counts: { warnings: 1 } });
    expect(older.issues[0]).toMatchObject({ code: "feed-outdated" });
    expect((await shown(`finding.cveId:${LISTED}`))[0]?.[3]).toBe(true);
    await load(kev("2026-08-09", [OTHER]));
    expect((await shown(`finding.cveId:${LISTED}`))[0]).toEqual([LISTED, 44, null, false]);
  },
);

ownTest("etm 6 [B]: a part of the catalogue that is loaded takes nothing from its standing", async () => {
  const [before] = await feeds();
  const job = await load(kev("2026-08-09", [OTHER]).slice(0, -2));
  expect(job.issues.at(-1)).toMatchObject({ code: "feed-incomplete", location: "whole file" });
  expect((await feeds())[0]).toEqual(before);
});

ownTest("etm 6 [B]: a feed of the future is refused and locks none out", async () => {
  const before = await feeds();
  const job = await load(epss("2099-01-01", { [OTHER]: 0.75 }));
  expect(job).toMatchObject({ status: "FAILED", counts: { recordsRead: 0, recordsRefused: 1 } });
  expect(job.message).toContain("2099-01-01");
  expect(await feeds()).toEqual(before);
  await load(epss("2026-08-09", { [OTHER]: 0.25 }));
  expect((await feeds())[1]).toMatchObject({ status: "LOADED", publishedDate: Date.UTC(2026, 7, 9, 12, 55) });
});

ownTest("etm 6 [B]: an archive that broke off only adds, and its feeds are incomplete", async () => {
  const files = [record(LISTED, "poc"), record(OTHER, "poc")].map((text) => ["record.json", text] as const);
  const whole = await zip([["kev.json", kev("2026-08-10", [LISTED])], ...files]);
  // In the header of the last record: every file before it can be read.
  const job = await load(whole.subarray(0, whole.lastIndexOf("PK\u0003\u0004", "latin1") + 20));
  expect(job.issues.map(({ code }) => code)).toEqual(["zip-truncated", "feed-incomplete"]);
  expect(job.issues.at(-1)?.message).toContain("CISA KEV, CVE records");
  expect((await shown()).map(([cve, , , isListed]) => [cve, isListed])).toEqual([
    [LISTED, true],
    [OTHER, true],
    [null, null],
  ]);
  const statuses = async () => (await feeds()).map(({ status }) => status);
  expect(await statuses()).toEqual(["INCOMPLETE", "LOADED", "INCOMPLETE", "INCOMPLETE", "NEVER_LOADED"]);
  await load(whole);
  expect(await statuses()).toEqual(["LOADED", "LOADED", "LOADED", "LOADED", "NEVER_LOADED"]);
  expect((await shown(`finding.cveId:${OTHER}`))[0]?.[3]).toBe(false);
});

ownTest("etm 6 [B]: feeds hold for every subscription, and only the operator's loads them", async () => {
  const password = "a-long-pass-phrase-1";
  const manager = { username: "other_boss", password };
  const json = { name: "Other", managerUsername: manager.username, managerPassword: password };
  await bodyOf(await call(target, "POST", "/admin/1.0/subscription/create", { token: await logIn(target), json }), 201);
  const token = await logIn(target, manager);
  const job = await importFile(target, token, kev("2026-08-11", [LISTED, OTHER]));
  expect(job).toMatchObject({ status: "FAILED", counts: { recordsRead: 0 } });
  expect(job.message).toContain("only the operator's may load it");
  expect((await feeds())[0]).toMatchObject({ version: "2026.08.10" });
  expect((await bodyOf<Feed[]>(await get(target, "/etm/1.0/feed/list", token)))[0]).toMatchObject({ status: "LOADED" });
});
