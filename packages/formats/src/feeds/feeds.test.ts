import fc from "fast-check";
import { expect, test } from "vitest";
import { openIntake } from "../intake/index.ts";
import type { FeedEvent } from "./index.ts";

async function* chunksOf(text: string, step: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

/** Reads as an upload is read: recognised by content. */
async function read(text: string, step = 1_000_000): Promise<{ format: string; events: FeedEvent[] }> {
  const events: FeedEvent[] = [];
  let format = "";
  for await (const told of openIntake(chunksOf(text, step))) {
    if (told.type === "issue") events.push(told);
    else if (told.member.kind === "feed") {
      format = told.member.format;
      for await (const batch of told.member.parse()) events.push(...batch);
    } else throw new Error(`recognised as ${told.member.format}`);
  }
  return { format, events };
}

const kev = (entries: readonly object[], more: object = {}) =>
  JSON.stringify({
    title: "CISA Catalog of Known Exploited Vulnerabilities",
    catalogVersion: "2026.08.07",
    dateReleased: "2026-08-07T15:00:01.1234Z",
    count: entries.length,
    vulnerabilities: entries,
    ...more,
  });
const listed = (cveID: string, more: object = {}) => ({
  cveID,
  dateAdded: "2026-08-01",
  dueDate: "2026-08-22",
  knownRansomwareCampaignUse: "Unknown",
  ...more,
});

test("KEV: entries with dates and ransomware, the catalogue's version and date", async () => {
  const { format, events } = await read(
    kev([
      listed("CVE-2026-0001", { knownRansomwareCampaignUse: "Known" }),
      listed("cve-2026-0002", { dueDate: "soon" }),
    ]),
    7,
  );
  expect(format).toBe("kev");
  expect(events).toEqual([
    { type: "kev", entry: { cveId: "CVE-2026-0001", addedOn: "2026-08-01", dueOn: "2026-08-22", isRansomware: true } },
    { type: "kev", entry: { cveId: "CVE-2026-0002", addedOn: "2026-08-01", dueOn: null, isRansomware: null } },
    {
      type: "head",
      head: {
        kind: "kev",
        source: "CISA KEV",
        version: "2026.08.07",
        publishedAt: Date.UTC(2026, 7, 7, 15, 0, 1, 123),
      },
    },
    { type: "end", isComplete: true },
  ]);
});

test("KEV: what cannot be read is told with its place, and a file that breaks off is not complete", async () => {
  const text = kev([
    listed("CVE-2026-0001"),
    listed("not a CVE"),
    listed("CVE-2026-0003", { dateAdded: "2026-02-30" }),
  ]);
  const { events } = await read(text);
  expect(events.flatMap((event) => (event.type === "issue" ? [event.issue.where] : []))).toEqual([
    "vulnerabilities[1]",
    "vulnerabilities[2]",
  ]);
  const cut = await read(text.slice(0, text.indexOf("not a CVE")));
  expect(cut.events.filter(({ type }) => type === "kev")).toHaveLength(1);
  expect(cut.events.at(-1)).toEqual({ type: "end", isComplete: false });
});

const EPSS = `#model_version:v2026.03.16,score_date:2026-08-07T12:55:00Z
cve,epss,percentile
CVE-1999-0001,0.01297,0.85935
CVE-1999-0002,2,0.5
CVE-1999-0003,0.9,
`;

test("EPSS: the day and model of the first line, scores from 0 to 1", async () => {
  const { format, events } = await read(EPSS, 5);
  expect(format).toBe("epss");
  const on = "2026-08-07";
  expect(events.filter(({ type }) => type !== "issue")).toEqual([
    {
      type: "head",
      head: { kind: "epss", source: "FIRST EPSS", version: "v2026.03.16", publishedAt: Date.UTC(2026, 7, 7, 12, 55) },
    },
    { type: "epss", entry: { cveId: "CVE-1999-0001", epss: 0.01297, percentile: 0.85935, on } },
    { type: "epss", entry: { cveId: "CVE-1999-0003", epss: 0.9, percentile: null, on } },
    { type: "end", isComplete: true },
  ]);
  expect(events.find(({ type }) => type === "issue")).toMatchObject({ issue: { where: "line 4", level: "refused" } });
});

test.each([
  ["without its day", "cve,epss,percentile\nCVE-1999-0001,0.1,0.2\n", "feed-date-missing"],
  ["without columns", "#model_version:v1,score_date:2026-08-07\n1,2,3\n", "csv-header-missing"],
  ["cut in a row", `${EPSS}CVE-1999-0004,0.`, "csv-truncated"],
])("EPSS %s is not complete, and says why", async (_, text, code) => {
  const { events } = await read(text);
  expect(events).toContainEqual(expect.objectContaining({ issue: expect.objectContaining({ code, fatal: true }) }));
  expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
});

const record = (cveId: string, containers: object, more: object = {}) => ({
  dataType: "CVE_RECORD",
  dataVersion: "5.1",
  cveMetadata: { cveId, datePublished: "2026-01-02T03:04:05", dateUpdated: "2026-02-03T04:05:06.000Z", ...more },
  containers,
});
const vulnrichment = {
  title: "CISA ADP Vulnrichment",
  providerMetadata: { shortName: "CISA-ADP", dateUpdated: "2026-03-01T00:00:00Z" },
  metrics: [
    { cvssV3_1: { baseScore: 7.5, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" } },
    {
      other: {
        type: "ssvc",
        content: { options: [{ Exploitation: "poc" }, { Automatable: "yes" }, { "Technical Impact": "partial" }] },
      },
    },
  ],
};

test("CVE records: the CNA's score before the publisher's, SSVC, dates; one document, an array and JSON Lines are alike", async () => {
  const cna = {
    metrics: [{ cvssV3_1: { baseScore: 9.8, vectorString: "CVSS:3.1/AV:N" } }, { cvssV4_0: { baseScore: 11 } }],
  };
  const one = record("CVE-2026-0001", { cna, adp: [vulnrichment] });
  const other = record("CVE-2026-0002", { cna: {} });
  const first = {
    cveId: "CVE-2026-0001",
    cvss: [{ version: "3.1", score: 9.8, vector: "CVSS:3.1/AV:N" }],
    ssvc: { exploitation: "poc", isAutomatable: true, technicalImpact: "partial" },
    publishedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    updatedAt: Date.UTC(2026, 2, 1),
  };
  const second = {
    cveId: "CVE-2026-0002",
    cvss: [],
    ssvc: null,
    publishedAt: first.publishedAt,
    updatedAt: Date.UTC(2026, 1, 3, 4, 5, 6),
  };
  const entries = async (text: string) =>
    (await read(text, 50)).events.flatMap((event) => (event.type === "cve" ? [event.entry] : []));
  expect(await entries(JSON.stringify(one, null, 2))).toEqual([first]);
  expect(await entries(JSON.stringify([one, other]))).toEqual([first, second]);
  expect(await entries(`${JSON.stringify(one)}\n${JSON.stringify(other)}\n`)).toEqual([first, second]);
});

test("whatever stands in a record, it is read or told, and never thrown", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (cna, adp) => {
      const { events } = await read(
        JSON.stringify(record("CVE-2026-0001", { cna, adp: [adp, vulnrichment] } as object)),
      );
      expect(events.at(-1)).toEqual({ type: "end", isComplete: true });
      expect(events.filter(({ type }) => type === "cve")).toHaveLength(1);
    }),
    { numRuns: 200 },
  );
});
