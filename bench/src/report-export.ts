import type { Readable } from "node:stream";
import { PERMISSIONS } from "@breakwater/contract";
import type { Caller } from "@breakwater/server/caller";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import { scopeTo } from "@breakwater/server/db/index";
import type { JobKey } from "@breakwater/server/jobs/index";
import { createReportsModule } from "@breakwater/server/modules/reports/index";
import { pino } from "pino";
import type { BenchResult } from "./result.ts";
import { openSeededDatabase, type SeededDatabase } from "./seeded-database.ts";

const DEFAULT_FINDINGS = 2_000_000;

/**
 * Records per second of a report of everything, from submitting to COMPLETED, for each format; then bytes per second of
 * its download. Real database, files and jobs; no HTTP in between. The peak of memory is that of this whole process.
 */
export async function runReportExportBench(options: { findings?: number } = {}): Promise<BenchResult> {
  const database = await openSeededDatabase({ findings: options.findings ?? DEFAULT_FINDINGS });
  try {
    const { seeded, seedSec } = database;
    const rows: BenchResult["rows"] = [
      { what: `seeding ${seeded.findings} findings`, value: seeded.findings / seedSec, unit: "rows/s" },
    ];
    const reports = createReports(database);
    const peak = watchMemory();
    for (const format of ["JSON", "CSV", "JSONL"]) {
      peak.reset();
      const startMs = performance.now();
      const id = await reports.make(format);
      const sec = (performance.now() - startMs) / 1000;
      rows.push({
        what: `report as ${format}`,
        value: seeded.findings / sec,
        unit: "records/s",
        note: `${sec.toFixed(1)} s`,
      });
      rows.push({ what: `peak resident memory, ${format}`, value: peak.read() / 2 ** 20, unit: "MiB" });
      if (format === "JSON") rows.push(...(await measureDownload(reports, id)));
    }
    peak.stop();
    return { name: "report-export", rows };
  } finally {
    await database.close();
  }
}

type Reports = {
  make(format: string): Promise<string>;
  open(operation: string, params: object): Promise<{ stream: Readable }>;
};

function createReports({ db, dataDir, seeded }: SeededDatabase): Reports {
  const woken: { task: string; key: JobKey }[] = [];
  const config = toConfig(readEnvironment({}), { dataDir });
  const module = createReportsModule({
    db,
    config,
    clock: Date.now,
    log: pino({ level: "warn" }),
    jobs: { enqueue: async (task, key) => void woken.push({ task, key }), stop: async () => undefined },
  });
  const caller: Caller = {
    subscriptionId: seeded.subscriptionId,
    isOperator: true,
    account: { kind: "user", id: 1 },
    username: "bench",
    role: "Manager",
    permissions: new Set(PERMISSIONS),
    scope: { kind: "all" },
  };
  const call = async (operation: string, input: object) => {
    const binding = module.bindings.find((candidate) => candidate.operation.id === operation);
    const request = { caller, db: scopeTo(db, caller), address: "127.0.0.1", headers: {}, ...input };
    return (await binding?.handle(request as never)) as unknown;
  };
  return {
    open: async (operation, params) => (await call(operation, { params })) as { stream: Readable },
    make: async (reportFormat) => {
      const { value } = (await call("etm.report.submit", { body: { reportFormat } })) as { value: { id: string } };
      for (let next = woken.shift(); next; next = woken.shift()) {
        const { task: name, key } = next;
        await module.tasks?.find((task) => task.name === name)?.run(key, { signal: new AbortController().signal });
      }
      const { value: report } = (await call("etm.report.get", { params: { id: value.id } })) as {
        value: { status: string; recordCount: number };
      };
      if (report.status !== "COMPLETED" || report.recordCount !== seeded.findings)
        throw new Error(JSON.stringify(report));
      return value.id;
    },
  };
}

async function measureDownload(reports: Reports, id: string): Promise<BenchResult["rows"]> {
  const rows: BenchResult["rows"] = [];
  for (const [what, operation, params] of [
    ["download of the whole ZIP", "etm.report.download", { id }],
    ["download of one part, inflated", "etm.report.part", { id, name: "part_1.json" }],
  ] as const) {
    const startMs = performance.now();
    let bytes = 0;
    for await (const chunk of (await reports.open(operation, params)).stream) bytes += (chunk as Buffer).length;
    const sec = (performance.now() - startMs) / 1000;
    rows.push({ what, value: bytes / 2 ** 20 / sec, unit: "MiB/s", note: `${(bytes / 2 ** 20).toFixed(0)} MiB` });
  }
  return rows;
}

function watchMemory() {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  return {
    reset: () => {
      peak = process.memoryUsage.rss();
    },
    read: () => peak,
    stop: () => clearInterval(timer),
  };
}
