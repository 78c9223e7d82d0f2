import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import { type Database, migrate, openDatabase, scopeTo, startEmbeddedPostgres } from "@breakwater/server/db/index";
import { createIngestModule } from "@breakwater/server/modules/ingest/index";
import type { ScanSeries } from "@breakwater/simulator/scans/index";
import { sql } from "kysely";
import { pino } from "pino";
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
/** Reports are written by a process of their own: the memory measured is that of the import. */
const WRITER = fileURLToPath(new URL("./write-report.ts", import.meta.url));

/**
 * Imports generated Nessus reports through the module as the server runs it, on the embedded PostgreSQL with fsync on:
 * a first one, the same file again, the next day's run with nothing changed, and one with a fifth of the hosts changed.
 */
export async function runImportBench(options: ImportBenchOptions = {}): Promise<BenchResult> {
  const { bytes = GB, itemsPerHost = 60 } = options;
  const hosts = Math.max(1, Math.round(bytes / ITEM_BYTES / itemsPerHost));
  const series: ScanSeries = { seed: 7, hosts, itemsPerHost, changedHostShare: 0.2 };
  const dir = await mkdtemp(join(tmpdir(), "breakwater-bench-import-"));
  const log = { debug() {}, info() {}, warn: print, error: print };
  const postgres = await startEmbeddedPostgres({ dataDir: join(dir, "postgres"), log });
  const db = openDatabase({ connection: postgres.connection, log });
  try {
    await migrate(db);
    await sql`INSERT INTO subscription (name) VALUES ('bench')`.execute(db.write);
    const file = join(dir, "report.nessus");
    const runs: [string, ScanSeries][] = [
      ["first import", series],
      ["same file again", series],
      ["next day, nothing changed", { ...series, run: 1, changedHostShare: 0 }],
      ["day after, nothing changed", { ...series, run: 2, changedHostShare: 0 }],
      ["a day with 20 % of the hosts changed", { ...series, run: 3, changedHostShare: 0.074 }],
    ];
    const rows: BenchResult["rows"] = [];
    for (const [what, report] of runs) {
      await promisify(execFile)(process.execPath, [WRITER, JSON.stringify(report), file]);
      rows.push(...toRows(what, await importFile(db, dir, file)));
    }
    return { name: `import of Nessus reports, ${hosts} hosts with ${itemsPerHost} items each`, rows };
  } finally {
    await db.close();
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  }
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
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sampler);
  const { rows } = await sql<{ status: string; counts: Record<string, number>; fileBytes: number; message: string }>`
    SELECT status, counts, file_bytes AS "fileBytes", message FROM import_job WHERE id = ${id}`.execute(db.write);
  const job = rows[0]!;
  if (job.status !== "COMPLETED") throw new Error(`the import ended ${job.status}: ${job.message}`);
  return { seconds, peakRssBytes, counts: job.counts, fileBytes: (await stat(path)).size };
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
