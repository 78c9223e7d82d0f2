import { existsSync, readFileSync } from "node:fs";
import { etmFindingList, ingestImportCreate, ingestImportGet } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

type Job = { id: string; status: string; counts: Record<string, number>; createdDate: number };
type Source = { connection: string; firstSeen: number; lastSeen: number };
type Finding = {
  vendorId: string;
  cveId: string | null;
  status: string;
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  sources: Source[];
};

const DATA = new URL("../../../../../../shared/data/scans/", import.meta.url);
const FIXTURES = new URL("../../../../formats/fixtures/", import.meta.url);
let installation: TestInstallation;

beforeAll(async () => {
  installation = await startInstallation();
  await sql`UPDATE subscription
    SET service_level = 'Custom', rate_limit = 100000, rate_window_sec = 60, concurrency_limit = 100`.execute(
    installation.db.write,
  );
});
afterAll(() => installation?.close());

/** Imports a file through a connection of its own. */
async function importFile(file: URL): Promise<{ job: Job; findings: Finding[] }> {
  const client = installation.client();
  const connection = file.pathname.split("/").slice(-3).join(" ");
  let job = await (
    await client.call(ingestImportCreate, { payload: readFileSync(file), query: { connection } })
  ).json<Job>();
  while (job.status !== "COMPLETED" && job.status !== "FAILED") {
    await new Promise((resolve) => setTimeout(resolve, 20));
    job = await (await client.call(ingestImportGet, { params: { id: job.id } })).json<Job>();
  }
  expect(job.status).toBe("COMPLETED");
  const all: Finding[] = [];
  for (let pageNumber = 0; ; pageNumber++) {
    const page = await (await client.call(etmFindingList, { query: { pageNumber, pageSize: 1000 } })).json<Finding[]>();
    all.push(...page);
    if (page.length < 1000) break;
  }
  return { job, findings: all.filter(({ sources }) => sources.some((source) => source.connection === connection)) };
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString().replace(".000Z", "Z"));
const dates = ({ firstFound, lastFound }: Finding) => `${iso(firstFound)} ${iso(lastFound)}`;
const distinct = (findings: readonly Finding[]) => [...new Set(findings.map(dates))].sort();
const expectSameInSources = (findings: readonly Finding[]) => {
  for (const { firstFound, lastFound, sources } of findings) {
    expect(sources.map(({ firstSeen, lastSeen }) => [firstSeen, lastSeen])).toEqual([[firstFound, lastFound]]);
  }
};

// All dates read apart from our own code, with Python's csv, json and ElementTree.
describe.skipIf(!existsSync(DATA))("dates in real reports (skipped without shared/data/scans)", () => {
  test("Qualys, list of vulnerabilities: first and last detected, and last fixed of the fixed one", async () => {
    const { findings } = await importFile(new URL("qualys/vmdr_many_vulns_qid.csv", DATA));
    const last = "2026-02-03T07:00:00Z";
    expect(
      findings
        .map((one) => [one.vendorId, one.status, iso(one.firstFound), iso(one.lastFound), iso(one.lastFixed)])
        .sort(),
    ).toEqual([
      ["100001", "NEW", "2026-01-01T10:00:00Z", last, null],
      ["100002", "NEW", "2026-01-15T10:00:00Z", last, null],
      ["100003", "FIXED", "2025-12-01T10:00:00Z", last, "2026-01-20T08:00:00Z"],
      ["100004", "NEW", "2025-11-15T10:00:00Z", last, null],
      ["100005", "NEW", "2025-10-01T10:00:00Z", last, null],
    ]);
    expectSameInSources(findings);
  });

  test("Qualys, asset report in CSV: six rows of four dates", async () => {
    const { findings } = await importFile(new URL("qualys/Qualys_Sample_Report.csv", DATA));
    expect(distinct(findings)).toEqual([
      "2021-05-13T07:08:28Z 2021-05-25T07:36:58Z",
      "2021-05-25T15:13:02Z 2021-06-08T11:08:19Z",
      "2021-05-26T09:46:37Z 2021-06-08T12:18:00Z",
      "2021-06-02T17:08:57Z 2021-06-08T11:53:11Z",
    ]);
  });

  // 299 of 301 have FIRST_FOUND equal to LAST_FOUND, of seven times; the report is of 2019-08-01T20:03:10Z, and two records
  // of one QID claim the years 2020 and 2021.
  test("Qualys, asset report in XML: seven dates; what is dated years after the report has the report's", async () => {
    const { job, findings } = await importFile(new URL("qualys/Qualys_Sample_Report.xml", DATA));
    const times = ["21:57:04", "21:57:10", "21:57:48", "21:58:08", "22:00:12", "22:01:18", "22:15:32"];
    expect(distinct(findings.filter(({ vendorId }) => vendorId !== "370876"))).toEqual(
      times.map((time) => `2019-07-31T${time}Z 2019-07-31T${time}Z`),
    );
    expect(distinct(findings.filter(({ vendorId }) => vendorId === "370876"))).toEqual([
      "2019-08-01T20:03:10Z 2019-08-01T20:03:10Z",
    ]);
    expect(job.counts.warnings).toBeGreaterThanOrEqual(2);
  });

  // CreatedAt, FirstObservedAt and UpdatedAt are one time in all 731 records; passed controls are no findings.
  // The other file tells of one CVE of one instance five times, observed first from 07:01:16 on and last until 08:34:29.
  test("ASFF: controls as created and updated, packages as observed first and last", async () => {
    const controls = await importFile(new URL("asff/prowler-output.asff.json", DATA));
    expect(controls.findings.length).toBeGreaterThan(200);
    expect(distinct(controls.findings)).toEqual(["2023-03-18T15:43:31Z 2023-03-18T15:43:31Z"]);
    const { findings } = await importFile(new URL("asff/inspector_ec2_cve.json", DATA));
    expect(distinct(findings)).toEqual(["2023-03-01T07:01:16Z 2023-03-01T08:34:29Z"]);
  });

  // created_time and time are 1739539623 in all three events.
  test("OCSF: as created, and the time of the event", async () => {
    const { findings } = await importFile(new URL("ocsf/prowler_aws.ocsf.json", DATA));
    expect(distinct(findings)).toEqual(["2025-02-14T13:27:03Z 2025-02-14T13:27:03Z"]);
  });

  // Ten hits of 2025-06-30, 17:07:15.204 to 17:07:16.938, none with a time of its own when it was seen last.
  test("Wazuh: detected when it says; last found by the import", async () => {
    const { job, findings } = await importFile(new URL("wazuh/v4-8_many_findings.json", DATA));
    const firsts = findings.map(({ firstFound }) => firstFound);
    expect(iso(Math.min(...firsts))).toBe("2025-06-30T17:07:15.204Z");
    expect(iso(Math.max(...firsts))).toBe("2025-06-30T17:07:16.938Z");
    for (const { lastFound } of findings) expect(Math.abs(lastFound - job.createdDate)).toBeLessThan(60_000);
  });

  // 27 records, each with the one time at which it was found; the 24 that name a host are of 13:46:54.716706997 to
  // 13:47:53.701952935.
  test("Nuclei: found when the template matched, first and last", async () => {
    const { findings } = await importFile(new URL("nuclei/issue_14071.json", DATA));
    const all = findings.flatMap(({ firstFound, lastFound }) => [firstFound, lastFound]);
    expect(iso(Math.min(...all))).toBe("2026-01-12T13:46:54.717Z");
    expect(iso(Math.max(...all))).toBe("2026-01-12T13:47:53.702Z");
    expect(new Set(findings.map(dates)).size).toBeGreaterThan(5);
    for (const { firstFound, lastFound } of findings) expect(firstFound).toBeLessThanOrEqual(lastFound);
  });

  // 98 rows, created from 2020-12-12T11:50:52Z to 2024-02-28T11:29:34Z; none tells when it was resolved or seen last.
  test("Wiz: created when it says; last found by the import", async () => {
    const { job, findings } = await importFile(new URL("wiz/multiple_findings.csv", DATA));
    const firsts = findings.map(({ firstFound }) => firstFound);
    expect(iso(Math.min(...firsts))).toBe("2020-12-12T11:50:52Z");
    expect(iso(Math.max(...firsts))).toBe("2024-02-28T11:29:34Z");
    for (const { lastFound } of findings) expect(Math.abs(lastFound - job.createdDate)).toBeLessThan(60_000);
  });
});

// The real export of Defender has no dates; of these two no real files are at hand.
test("Defender and a table: the first and last times that they tell", async () => {
  const defender = await importFile(new URL("defender/lines/input.jsonl", FIXTURES));
  expect(defender.findings.map((one) => [one.cveId, dates(one)]).sort()).toEqual([
    ["CVE-2099-2801", "2025-02-01T00:00:00Z 2025-03-01T00:00:00Z"],
    // First seen in the year 1, as it writes for unknown.
    ["CVE-2099-2803", "2025-03-01T00:00:00Z 2025-03-01T00:00:00Z"],
  ]);
  const { job, findings } = await importFile(new URL("generic-csv/columns/input.csv", FIXTURES));
  const [password, ...others] = findings.sort((a, b) => a.firstFound - b.firstFound);
  expect(dates(password!)).toBe("2024-01-02T00:00:00Z 2024-03-05T06:07:00Z");
  expect(others.length).toBeGreaterThan(0);
  for (const { firstFound, lastFound } of others) {
    expect(firstFound).toBe(lastFound);
    expect(Math.abs(lastFound - job.createdDate)).toBeLessThan(60_000);
  }
});
