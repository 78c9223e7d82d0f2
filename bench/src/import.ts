import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import { type Database, migrate, openDatabase, scopeTo, startEmbeddedPostgres } from "@breakwater/server/db/index";
import { createIngestModule } from "@breakwater/server/modules/ingest/index";
import type { ScanSeries } from "@breakwater/simulator/scans/index";
import { sql } from "kysely";
import { pino } from "pino";
import { openReaders, prepareSubscription } from "./import-readers.ts";
import type { BenchResult } from "./result.ts";

export type ImportBenchOptions = {
  /** Size of each report; default 1 GB, as the aims say. */
  bytes?: number;
  itemsPerHost?: number;
};

type Import = { seconds: number; peakRssBytes: number; counts: Record<string, number>; fileBytes: number };

const GB = 1_000_000_000;
/** Bytes of one item as the simulator writes it, about; sets the number of hosts. */
const ITEM_BYTES = 1_700;
const SAMPLE_MS = 50;
const READ_SECONDS = 8;
const KEV_ENTRIES = 550;
const LARGE_MEGABYTES = 64;
/** Reports are written by a process of their own: the memory measured is that of the import. */
const WRITER = fileURLToPath(new URL("./write-report.ts", import.meta.url));

/**
 * Imports generated Nessus reports through the module as the server runs it, on the embedded PostgreSQL with fsync on:
 * a first one, the same file again, the next day's with nothing changed, one with 1 % of the hosts changed, and one while
 * others read the list of findings. Then two catalogues of KEV, of which the second
 * has some entries more, and a report with one very large element.
 */
export async function runImportBench(options: ImportBenchOptions = {}): Promise<BenchResult> {
  const { bytes = GB, itemsPerHost = 60 } = options;
  const hosts = Math.max(1, Math.round(bytes / ITEM_BYTES / itemsPerHost));
  const series: ScanSeries = { seed: 7, hosts, itemsPerHost, changedHostShare: 0 };
  const dir = await mkdtemp(join(tmpdir(), "breakwater-bench-import-"));
  const log = { debug() {}, info() {}, warn: print, error: print };
  const postgres = await startEmbeddedPostgres({ dataDir: join(dir, "postgres"), log });
  const db = openDatabase({ connection: postgres.connection, log });
  try {
    await migrate(db);
    await prepareSubscription(db);
    const file = join(dir, "report.nessus");
    const write = (report: ScanSeries) => promisify(execFile)(process.execPath, [WRITER, JSON.stringify(report), file]);
    const runs: [string, ScanSeries][] = [
      ["first import", series],
      ["same file again", series],
      ["next day, nothing changed", { ...series, run: 1 }],
      ["a day with 1 % of the hosts changed", { ...series, run: 2, changedHostShare: 0.005 }],
    ];
    const rows: BenchResult["rows"] = [];
    for (const [what, report] of runs) {
      await write(report);
      rows.push(...toRows(what, await importFile(db, dir, file)));
    }
    rows.push(...(await measureReaders(db, dir, file)), ...(await measureKev(db, dir)));
    rows.push(await measureLargeElement(db, dir));
    return { name: `import of Nessus reports, ${hosts} hosts with ${itemsPerHost} items each`, rows };
  } finally {
    await db.close();
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The last file once more, while others read. */
async function measureReaders(db: Database, dir: string, file: string): Promise<BenchResult["rows"]> {
  const readers = await openReaders(db, dir);
  try {
    await readers.measure(READ_SECONDS);
    const before = await readers.measure(READ_SECONDS);
    const importing = importFile(db, dir, file);
    const [during, done] = await Promise.all([readers.measure(READ_SECONDS), importing]);
    return [
      { what: "list of findings, p99 before", value: before, unit: "ms" },
      {
        what: "list of findings, p99 during an import",
        value: during,
        unit: "ms",
        note: `the import took ${done.seconds.toFixed(1)} s, the readers ${READ_SECONDS} s of it`,
      },
      { what: "during beside before", value: during / before, unit: "x" },
    ];
  } finally {
    await readers.close();
  }
}

/** A catalogue, and the next one with a tenth more entries. */
async function measureKev(db: Database, dir: string): Promise<BenchResult["rows"]> {
  const { rows: cves } = await sql<{ id: string }>`
    SELECT DISTINCT cve_id AS id FROM finding WHERE cve_id IS NOT NULL ORDER BY 1 LIMIT ${KEV_ENTRIES}`.execute(
    db.write,
  );
  const ids = cves.map(({ id }) => id);
  const file = join(dir, "kev.json");
  const rows: BenchResult["rows"] = [];
  for (const [what, entries, day] of [
    ["KEV catalogue", ids.slice(0, Math.floor((ids.length * 10) / 11)), 1],
    ["the next KEV catalogue, a tenth more", ids, 2],
  ] as const) {
    const before = await listScores(db);
    await writeFile(file, JSON.stringify(toKev(entries, day)));
    const { seconds } = await importFile(db, dir, file);
    const after = await listScores(db);
    const rescored = after.filter(
      ({ count, sum }, index) => before[index]?.count !== count || before[index]?.sum !== sum,
    );
    const findings = rescored.reduce((total, { count }) => total + count, 0);
    const total = after.reduce((all, { count }) => all + count, 0);
    const note = `${entries.length} entries; ${findings} of ${total} findings re-scored`;
    rows.push({ what, value: seconds, unit: "s", note });
  }
  return rows;
}

/** A report with one output of 64 MB, which is cut. */
async function measureLargeElement(db: Database, dir: string): Promise<BenchResult["rows"][number]> {
  const file = join(dir, "large.nessus");
  const item = `<ReportItem port="0" svc_name="x" protocol="tcp" severity="1" pluginID="1" pluginName="A" pluginFamily="F">`;
  const head = `<NessusClientData_v2><Report name="r"><ReportHost name="192.0.2.1">${item}<plugin_output>`;
  const end = "</plugin_output></ReportItem></ReportHost></Report></NessusClientData_v2>";
  const megabyte = "a line of text &amp; more\n".repeat(40_000);
  // Piece by piece: the whole would count as memory of the import.
  await writeFile(file, [head, ...new Array<string>(LARGE_MEGABYTES).fill(megabyte), end]);
  const { seconds, peakRssBytes } = await importFile(db, dir, file);
  const note = `the import took ${seconds.toFixed(1)} s`;
  return { what: "one element of 64 MB, peak memory", value: peakRssBytes / 1e6, unit: "MB", note };
}

/** By CVE: all findings of one are scored by the same knowledge. */
async function listScores(db: Database) {
  const { rows } = await sql<{ count: number; sum: number }>`
    SELECT count(*)::int AS count, sum(qds)::int AS sum FROM finding GROUP BY cve_id ORDER BY cve_id NULLS LAST`.execute(
    db.write,
  );
  return rows;
}

function toKev(cveIds: readonly string[], day: number) {
  const date = `2026-08-0${day}`;
  const vulnerabilities = cveIds.map((cveID) => ({
    cveID,
    vendorProject: "Example",
    product: "Example",
    vulnerabilityName: `${cveID} of Example`,
    dateAdded: date,
    shortDescription: "",
    requiredAction: "",
    dueDate: "2026-09-01",
    knownRansomwareCampaignUse: "Unknown",
    notes: "",
  }));
  return {
    title: "CISA Catalog of Known Exploited Vulnerabilities",
    catalogVersion: date.replaceAll("-", "."),
    dateReleased: `${date}T15:00:00.000Z`,
    count: cveIds.length,
    vulnerabilities,
  };
}

async function importFile(db: Database, dir: string, path: string): Promise<Import> {
  const module = createIngestModule({
    db,
    config: toConfig({ ...readEnvironment({}), dataDir: dir }),
    clock: Date.now,
    log: pino({ level: "warn" }),
    jobs: { enqueue: async () => undefined, stop: async () => undefined },
  });
  const create = module.bindings.find(({ operation }) => operation.id === "ingest.import.create");
  const caller = { subscriptionId: 1, username: "bench", scope: { kind: "all" as const } };
  const answer = await create!.handle({
    caller,
    db: scopeTo(db, caller),
    address: "127.0.0.1",
    payload: createReadStream(path),
    headers: {},
    query: {},
  } as never);
  const { id } = (answer as unknown as { value: { id: string } }).value;
  let peakRssBytes = 0;
  const sampler = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const startedAt = performance.now();
  const task = module.tasks?.find(({ name }) => name === "import");
  await task!.run({ subscriptionId: 1, id }, { signal: new AbortController().signal });
  let job = await readJob(db, id);
  // The readers' server works on jobs too, and may have been first.
  while (job.status === "REQUESTED" || job.status === "IN_PROGRESS") {
    await setTimeout(SAMPLE_MS);
    job = await readJob(db, id);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sampler);
  if (job.status !== "COMPLETED") throw new Error(`the import ended ${job.status}: ${job.message}`);
  return { seconds, peakRssBytes, counts: job.counts, fileBytes: (await stat(path)).size };
}

type Job = { status: string; counts: Record<string, number>; message: string | null };

async function readJob(db: Database, id: string): Promise<Job> {
  const { rows } = await sql<Job>`SELECT status, counts, message FROM import_job WHERE id = ${id}`.execute(db.write);
  return rows[0]!;
}

function toRows(what: string, { seconds, peakRssBytes, counts, fileBytes }: Import): BenchResult["rows"] {
  const {
    findingsNew = 0,
    findingsUpdated = 0,
    findingsReopened = 0,
    findingsFixed = 0,
    findingsUnchanged = 0,
  } = counts;
  const findings = findingsNew + findingsUpdated + findingsReopened + findingsUnchanged;
  const note = `${findingsNew} new, ${findingsUpdated} updated, ${findingsReopened} reopened, ${findingsFixed} fixed, ${findingsUnchanged} unchanged; ${(fileBytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s`;
  return [
    { what, value: findings / seconds, unit: "findings/s", note },
    { what: `${what}, records`, value: (counts.recordsRead ?? 0) / seconds, unit: "report items/s" },
    { what: `${what}, peak memory`, value: peakRssBytes / 1e6, unit: "MB" },
  ];
}

function print(fields: object, message: string): void {
  console.error(message, fields);
}
