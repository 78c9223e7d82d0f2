import type { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { assetTable, evaluateQuery, findingTable, parseQuery } from "@breakwater/domain/query/index";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "../../caller.ts";
import { createFindingLookup } from "../findings-read/finding-lookup.ts";
import { type Seeded, seedWorld, type World } from "../findings-read/seed.fixture.ts";
import { epochMs, toSql } from "../findings-read/sql-values.ts";
import { FINDING_CSV_COLUMNS, FINDING_PARQUET_COLUMNS, type RunQuery } from "../findings-read/texts.ts";
import { anyWorld, toExpectedJson, toExpectedSigns, WORLD_NOW_MS } from "../findings-read/world.fixture.ts";
import { openReportHarness, type ReportHarness, toCaller } from "./report-harness.fixture.ts";

type Report = { id: string; status: string; resources: string[]; recordCount: number; message?: string };

let harness: ReportHarness;
beforeAll(async () => {
  harness = await openReportHarness({ partRecords: 7, nowMs: WORLD_NOW_MS });
});
afterAll(() => harness.close());

const findingQueries = [
  "",
  "finding.severity>=4",
  "finding.status:[NEW, FIXED] and not finding.port is null",
  "finding.title:openssl or finding.protocol:udp",
  "finding:(cveId:`CVE-2021-44228` and qds:[40 .. 100])",
  "finding.lastFoundDate>now-60d",
  "finding.isPatchAvailable:false and finding.isQualysPatchable:false",
  "finding.isQualysPatchable:true",
  "finding.cvss3BaseScore>=5",
  "finding.vendorProductName:Nessus and finding.criticality:[CRITICAL, LOW]",
  "finding.riskFactor.malwareName:Mirai",
  "finding.qvss>=7.5 or finding.qvss is null and finding.isMitigated:true",
  "finding.epssScore>=0.5 or finding.riskFactor.rti:Cisa_Known_Exploited_Vulns",
  "finding.threatIntel.isCisaKnownExploitedVuln:false and not finding.riskFactor.isExploited:true",
  "finding.riskFactor.isCisaKnownExploit is null or finding.threatIntel.isRansomware:true",
  "finding.riskFactor.rti:[Active_Attacks, Ransomware] and finding.epssScore is not null",
  "finding.isIgnored:false or finding.riskAcceptance.reasonType:`False positive`",
  "finding.isIgnored:true and finding.isDisabled is null",
  "finding.isDisabled:false or finding.typeDetected:Potential",
  "finding.typeDetected:[Confirmed, Potential] and not finding.typeDetected:Confirmed",
  "finding.product.version:`2.4.49` or finding.customNumber1>=0.5",
  "finding.product.version is null or finding.customNumber2 is not null",
];
const assetQueries = [
  "",
  "asset.criticalityScore>=3",
  "asset.tag.name:`Plant A`",
  "asset.interface.hostname:db1.corp.com",
  "not asset.riskScore<500",
  "cloud.provider:AWS",
];

const known = new Set(
  [
    "severity",
    "status",
    "port",
    "title",
    "protocol",
    "cveId",
    "qds",
    "qvss",
    "isMitigated",
    "lastFoundDate",
    "isPatchAvailable",
    "isQualysPatchable",
    "cvss3BaseScore",
    "vendorProductName",
    "criticality",
    "epssScore",
    "isIgnored",
    "isDisabled",
    "typeDetected",
    "product.version",
    "customNumber1",
    "customNumber2",
    "riskAcceptance.reasonType",
    "riskFactor.isCisaKnownExploit",
    "riskFactor.isExploited",
    "riskFactor.rti",
    "threatIntel.isCisaKnownExploitedVuln",
    "threatIntel.isRansomware",
  ].map((name) => `finding.${name}`),
);
for (const name of ["criticalityScore", "tag.name", "interface.hostname", "riskScore"]) known.add(`asset.${name}`);
known.add("cloud.provider");

type Expected = ReturnType<typeof toExpectedJson>;

function toFindingRecord(world: World, index: number, finding: Expected) {
  const { qds } = finding;
  const { epss, cisaKev, isAttacked, isRansomware } = toExpectedSigns(world, finding.cveId);
  const found = world.findings[index]!;
  // The words of sources that still report it; of what is gone, the last ones.
  const words = found.sources.flatMap(({ told, isPresent }) =>
    told && (isPresent || found.status === "FIXED") ? [told] : [],
  );
  const isSaid = (member: "isDisabled" | "isIgnored") => {
    const said = words.flatMap((told) => told[member] ?? []);
    return said.length === 0 ? null : said.includes(true);
  };
  const isAccepted = (found.acceptedUntil ?? 0) > WORLD_NOW_MS;
  return {
    "finding.epssScore": epss,
    "finding.isIgnored": isAccepted || isSaid("isIgnored") === true,
    "finding.isDisabled": isSaid("isDisabled"),
    "finding.typeDetected": words.flatMap(({ typeDetected }) => typeDetected ?? []),
    "finding.product.version": words.flatMap(({ productVersion }) => productVersion ?? []),
    "finding.customNumber1": words.flatMap(({ customNumbers }) => customNumbers?.[0] ?? []),
    "finding.customNumber2": [],
    "finding.riskAcceptance.reasonType": isAccepted ? "False positive" : null,
    "finding.riskFactor.isCisaKnownExploit": cisaKev,
    "finding.riskFactor.isExploited": isAttacked,
    "finding.riskFactor.rti": [
      ...(cisaKev ? ["Cisa_Known_Exploited_Vulns"] : []),
      ...(isAttacked ? ["Active_Attacks", "Public_Exploit"] : []),
      ...(isRansomware ? ["Ransomware"] : []),
      ...(world.knowledge?.cves[finding.cveId ?? ""]?.ssvc === "poc" ? ["Public_Exploit"] : []),
    ],
    "finding.threatIntel.isCisaKnownExploitedVuln": cisaKev,
    "finding.threatIntel.isRansomware": isRansomware,
    "finding.severity": finding.severity,
    "finding.status": finding.status,
    "finding.port": finding.port,
    "finding.title": finding.title,
    "finding.protocol": finding.protocol,
    "finding.cveId": finding.cveId,
    "finding.qds": qds,
    "finding.qvss": finding.qvss,
    "finding.isMitigated": finding.status === "PROTECTED",
    "finding.lastFoundDate": finding.lastFound,
    "finding.isPatchAvailable": finding.isPatchAvailable,
    "finding.isQualysPatchable": finding.isQualysPatchable,
    "finding.cvss3BaseScore": finding.cve.cvss3Info?.basescore,
    "finding.vendorProductName": finding.vendorProductName,
    "finding.criticality": qds >= 90 ? "CRITICAL" : qds >= 70 ? "HIGH" : qds >= 40 ? "MEDIUM" : "LOW",
  };
}

function toAssetRecord(finding: Expected, { cloudProvider }: World["assets"][number]) {
  return {
    "asset.criticalityScore": finding.asset.criticalityScore,
    "asset.tag.name": finding.asset.tags,
    "asset.interface.hostname": finding.asset.hostNames,
    "asset.riskScore": finding.truRiskScore,
    "cloud.provider": cloudProvider,
  };
}

function expectedFindings(
  world: World,
  seeded: Seeded,
  filter: { findingsQql: string; assetQql: string; tagNumbers: number[] | null },
) {
  const now = new Date(WORLD_NOW_MS);
  const findings = parseQuery(filter.findingsQql, findingTable, now);
  const assets = parseQuery(filter.assetQql, assetTable, now);
  if (!findings.ok || !assets.ok) throw new Error("the test's own query is wrong");
  return world.findings
    .map((_, index) => ({ index, finding: toExpectedJson(world, seeded, index) }))
    .filter(({ index, finding }) => {
      const asset = world.assets[world.findings[index]!.assetId - 1]!;
      const isInScope = filter.tagNumbers === null || asset.tagIds.some((id) => filter.tagNumbers!.includes(id));
      return (
        isInScope &&
        evaluateQuery(findings.query, toFindingRecord(world, index, finding), (field) => known.has(field)) &&
        evaluateQuery(assets.query, toAssetRecord(finding, asset), (field) => known.has(field))
      );
    })
    .map(({ finding }) => finding);
}

type Row = Record<string, unknown>;

const parquetNames = FINDING_PARQUET_COLUMNS.map(({ name }) => name);

/** A row by the dotted names, read off the JSON. */
function toRow(finding: Expected): Row {
  return Object.fromEntries(
    FINDING_PARQUET_COLUMNS.map(({ name, type }) => {
      const value = name.split(".").reduce<unknown>((part, key) => (part as Row)[key], finding);
      return [name, type === "TIMESTAMP" && typeof value === "number" ? new Date(value) : value];
    }),
  );
}

async function makeReport<T extends string | Buffer = string>(
  scope: Scope,
  subscriptionId: number,
  body: object,
  read: (stream: Readable) => Promise<T> = text as never,
): Promise<{ report: Report; parts: T[] }> {
  const caller = toCaller(subscriptionId, scope);
  const submitted = (await harness.call("etm.report.submit", caller, { body })) as { value: Report };
  await harness.runWoken();
  const params = { id: submitted.value.id };
  const { value: report } = (await harness.call("etm.report.get", caller, { params })) as { value: Report };
  const parts: T[] = [];
  for (const name of report.resources) {
    const part = await harness.call("etm.report.part", caller, { params: { ...params, name } });
    if (!("stream" in part)) throw new Error("a part is a stream");
    const content = await read(part.stream);
    expect(Buffer.byteLength(content)).toBe(part.bytes);
    parts.push(content);
  }
  return { report, parts };
}

const byId = (a: { id: string }, b: { id: string }) => Number(a.id) - Number(b.id);
const anyFilter = fc.record({
  findingsQql: fc.constantFrom(...findingQueries),
  assetQql: fc.constantFrom(...assetQueries),
  tagNumbers: fc.option(fc.subarray([1, 2, 3]), { nil: null }),
});

describe("a findings report", () => {
  it("holds exactly the findings that match its queries and the creator's scope, member by member", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, anyFilter, async (world, filter) => {
        const seeded = await seedWorld(harness.db, world);
        const scope: Scope =
          filter.tagNumbers === null
            ? { kind: "all" }
            : { kind: "tags", tagIds: filter.tagNumbers.map((number) => seeded.tagIds[number - 1]!) };
        const { findingsQql, assetQql } = filter;
        const { report, parts } = await makeReport(scope, seeded.subscriptionId, {
          reportFormat: "JSON",
          findingsQql,
          assetQql,
        });
        const expected = expectedFindings(world, seeded, filter);
        expect(report).toMatchObject({ status: "COMPLETED", recordCount: expected.length });
        const lists = parts.map((part) => JSON.parse(part) as Expected[]);
        expect(lists.map((list) => list.length)).toEqual(
          Array.from({ length: Math.max(1, Math.ceil(expected.length / 7)) }, (_, part) =>
            Math.min(7, expected.length - part * 7),
          ),
        );
        expect(lists.flat().sort(byId)).toEqual(expected.sort(byId));
      }),
      { numRuns: 40 },
    );
  });

  it("has the same findings as JSON, JSON lines and CSV", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        const { subscriptionId } = await seedWorld(harness.db, world);
        const make = (reportFormat: string) => makeReport({ kind: "all" }, subscriptionId, { reportFormat });
        const json = (await make("JSON")).parts.flatMap((part) => JSON.parse(part) as Expected[]).sort(byId);
        const lines = (await make("JSONL")).parts.flatMap((part) => part.split("\n").filter(Boolean));
        expect(lines.map((line) => JSON.parse(line) as Expected).sort(byId)).toEqual(json);
        const rows = (await make("CSV")).parts.flatMap((part) => {
          const [header, ...records] = readCsv(part);
          expect(header).toEqual([...FINDING_CSV_COLUMNS]);
          return records;
        });
        rows.sort((a, b) => Number(a[0]) - Number(b[0]));
        expect(rows).toEqual(json.map((finding) => FINDING_CSV_COLUMNS.map((column) => toCell(finding, column))));
      }),
      { numRuns: 15 },
    );
  });

  it("has the same findings as Parquet, of proper types, however many row groups a part has", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        const { subscriptionId } = await seedWorld(harness.db, world);
        const make = (reportFormat: string) => makeReport({ kind: "all" }, subscriptionId, { reportFormat }, buffer);
        const json = (await make("JSON")).parts.flatMap((part) => JSON.parse(part.toString()) as Expected[]);
        const rows = [];
        for (const part of (await make("PARQUET")).parts) {
          const file = new Uint8Array(part).buffer;
          expect(
            parquetMetadata(file)
              .schema.map(({ name }) => name)
              .slice(1),
          ).toEqual(parquetNames);
          rows.push(...(await parquetReadObjects({ file })));
        }
        const byRowId = (a: Row, b: Row) => Number(a.id) - Number(b.id);
        expect(rows.sort(byRowId)).toEqual(json.sort(byId).map(toRow));
      }),
      { numRuns: 15 },
    );
  });

  it("has one empty part when nothing matches", async () => {
    const { subscriptionId } = await seedWorld(harness.db, {
      tags: [],
      connections: [],
      checks: [],
      assets: [],
      findings: [],
    });
    const contents = [];
    for (const reportFormat of ["JSON", "JSONL", "CSV"]) {
      const { report, parts } = await makeReport({ kind: "all" }, subscriptionId, { reportFormat });
      expect(report.recordCount).toBe(0);
      contents.push(parts);
    }
    expect(contents).toEqual([["[]\n"], [""], [`${FINDING_CSV_COLUMNS.join(",")}\n`]]);
  });
});

/** A cell by the column's dotted name, read off the JSON; a leading formula character is defused. */
function toCell(finding: Expected, column: string): string {
  if (column === "sources") return JSON.stringify(finding.sources);
  const value = column.split(".").reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], finding);
  const cell = Array.isArray(value) ? value.join("; ") : value === null ? "" : String(value);
  return typeof value === "number" || !/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(cell) ? cell : `'${cell}`;
}

/** The grammar of RFC 4180 section 2, except that lines end in LF. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\n]*)([,\n])/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) throw new Error("not CSV");
    const [, raw = "", end] = match;
    rows.at(-1)!.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === "\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

describe("what is kept of checks", () => {
  it("is bounded, with the texts of findings whose CVE's record adds to the check", async () => {
    const { write } = harness.db;
    const { rows } = await sql<{ id: number; checkId: number }>`
      WITH tenant AS (INSERT INTO subscription (name) VALUES ('large texts') RETURNING id)
      INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description,
        solution, severity, source_severity)
      SELECT id, 'Nessus', '1', ''::bytea, now(), 'Flaw', repeat('x', 1000000), '', 3, 'High' FROM tenant
      RETURNING subscription_id AS id, id AS "checkId"`.execute(write);
    const { id, checkId } = rows[0]!;
    const asset = await sql<{ id: number }>`INSERT INTO asset (subscription_id, name, created_at, updated_at)
      VALUES (${id}, 'a', now(), now()) RETURNING id`.execute(write);
    const cveIds = Array.from({ length: 20 }, (_, index) => `CVE-1999-${70_000 + index}`);
    await sql`INSERT INTO cve_knowledge (cve_id, cvss)
      SELECT unnest(${cveIds}::text[]), '[{"version": "3.1", "score": 5, "vector": null}]'`.execute(write);
    let made = 0;
    const check = () => {
      made += 1;
    };
    const run: RunQuery = async (query) => (await toSql(query).execute(write)).rows;
    const lookup = createFindingLookup(run, id, { check, asset: () => undefined });
    const assetId = asset.rows[0]!.id;
    const ids = { assetIds: new Set([assetId]), checkIds: new Set([checkId]), cveIds: new Set(cveIds) };
    await lookup.learn(ids);
    for (const cveId of cveIds) lookup.toRecord({ assetId, checkId, cveId, sources: [] } as never);
    expect(made).toBe(1 + cveIds.length);
    await lookup.learn(ids);
    expect(made).toBe(2 + cveIds.length);
  });
});

describe("a time that was kept to the microsecond", () => {
  it("is the same millisecond in a report, which reads it from its bytes, and in a list", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 2 ** 31 }), { minLength: 50 }),
        fc.nat({ max: 999 }),
        async (times, us) => {
          // The halves, and any other microsecond.
          const micros = times.flatMap((sec) => [sec * 1_000_000 + 500, sec * 1_000_000 + (sec % 1000) * 1000 + us]);
          const { rows } = await sql<{
            at: number;
          }>`SELECT ${epochMs(sql`'epoch'::timestamptz + us * interval '1 us'`)} AS at
          FROM unnest(${micros}::bigint[]) WITH ORDINALITY AS t(us, n) ORDER BY n`.execute(harness.db.write);
          expect(rows.map(({ at }) => at)).toEqual(micros.map((one) => Math.round(one / 1000)));
        },
      ),
      { numRuns: 20 },
    );
  });
});
