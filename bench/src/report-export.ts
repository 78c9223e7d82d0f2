import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Database } from "@breakwater/server/db/index";
import { prepareInstallation } from "@breakwater/server/modules/users/index";
import autocannon from "autocannon";
import { sql } from "kysely";
import type { BenchResult } from "./result.ts";
import { openSeededDatabase, type SeededDatabase } from "./seeded-database.ts";

const DEFAULT_FINDINGS = 2_000_000;
const READERS = 10;
const LISTS_SEC = 8;
/** Soon after a report its sessions have ended, and PostgreSQL knows their processor time. */
const SESSIONS_END_MS = 200;
const LOGIN = { username: "bench_mgr1", password: "Bench-password-1" };
const FORMATS = ["JSON", "CSV", "JSONL", "PARQUET", "SARIF", "CYCLONEDX", "OPENVEX"];

/**
 * Records per second of a report of everything, from submitting to COMPLETED, for each format; bytes per second of
 * a download; and how long list calls take alone and beside a report. The server is a process of its own, so that the peak of
 * memory is its alone, of each format, without a pause between them, and of a report beside list calls; PostgreSQL and the
 * readers share the machine with it.
 */
export async function runReportExportBench(
  options: { findings?: number; formats?: readonly string[] } = {},
): Promise<BenchResult> {
  const database = await openSeededDatabase({ findings: options.findings ?? DEFAULT_FINDINGS }, prepareSubscription);
  let server: ChildProcess | undefined;
  try {
    const { seeded, seedSec } = database;
    await compileServer(database);
    server = startServer(database);
    const reports = await openReports(server);
    const rows: BenchResult["rows"] = [
      { what: `seeding ${seeded.findings} findings`, value: seeded.findings / seedSec, unit: "rows/s" },
      { what: "resident memory before the first report", value: readMib(reports.pid, "VmRSS"), unit: "MiB" },
    ];
    for (const format of options.formats ?? FORMATS) rows.push(...(await measureReport({ reports, database }, format)));
    rows.push(...(await measureLists(reports)));
    return { name: "report-export", rows };
  } finally {
    if (server) await stopServer(server);
    await database.close();
  }
}

/** Starts a server once before: whoever compiles the sources has the compiler in memory ever after. */
async function compileServer(database: SeededDatabase): Promise<void> {
  const server = startServer(database);
  try {
    await firstLine(server);
  } finally {
    await stopServer(server);
  }
}

async function stopServer(server: ChildProcess): Promise<void> {
  server.kill("SIGTERM");
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
}

function startServer({ db, dataDir }: SeededDatabase): ChildProcess {
  const script = fileURLToPath(new URL("./report-server.ts", import.meta.url));
  const argument = JSON.stringify({ connection: db.connection, dataDir });
  // As `npm start` runs it, whose entry file is no TypeScript: compiled code is found from the beginning.
  const argv = ["--max-semi-space-size=8", script, argument];
  const NODE_COMPILE_CACHE = fileURLToPath(new URL("../../node_modules/.cache/breakwater", import.meta.url));
  return spawn(process.execPath, argv, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_COMPILE_CACHE },
  });
}

async function prepareSubscription(db: Database): Promise<number> {
  await prepareInstallation(db, LOGIN);
  // A limit that is decided at each call and never reached.
  const { rows } = await sql<{ id: number }>`UPDATE subscription SET service_level = 'Custom', rate_limit = 1000000,
    rate_window_sec = 1, concurrency_limit = 1000 RETURNING id`.execute(db.write);
  return (rows[0] as { id: number }).id;
}

async function logIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/auth`, { method: "POST", body: new URLSearchParams({ ...LOGIN, token: "true" }) });
  if (answer.status !== 201) throw new Error(`log-in answered ${answer.status}`);
  return answer.text();
}

type Report = { id: string; status: string; recordCount: number; resources: string[] };
type Reports = {
  url: string;
  headers: { authorization: string };
  pid: number;
  submit(reportFormat: string): Promise<Report>;
  read(id: string): Promise<Report>;
};

async function openReports(server: ChildProcess): Promise<Reports> {
  const url = await firstLine(server);
  const headers = { authorization: `Bearer ${await logIn(url)}` };
  const base = `${url}/etm/api/rest/v1/reports`;
  const json = { ...headers, "content-type": "application/json" };
  const submit = async (reportFormat: string) => {
    const body = JSON.stringify({ reportFormat, name: `${reportFormat} ${Date.now()}` });
    return (await (await fetch(`${base}/findings`, { method: "POST", headers: json, body })).json()) as Report;
  };
  const read = async (id: string) => (await (await fetch(`${base}/${id}`, { headers })).json()) as Report;
  return { url, headers, pid: server.pid as number, submit, read };
}

async function firstLine(server: ChildProcess): Promise<string> {
  if (server.stdout) for await (const line of createInterface({ input: server.stdout })) return line;
  throw new Error("the server did not start");
}

async function measureReport(
  { reports, database }: { reports: Reports; database: SeededDatabase },
  format: string,
): Promise<BenchResult["rows"]> {
  beginPeak(reports.pid);
  const beforeMib = readMib(reports.pid, "VmRSS");
  const before = { server: readCpuSec(reports.pid), postgres: readEndedCpuSec(database.dataDir) };
  const { findings } = database.seeded;
  const startMs = performance.now();
  const { id } = await reports.submit(format);
  const report = await untilDone(reports, id);
  const sec = (performance.now() - startMs) / 1000;
  if (report.status !== "COMPLETED" || report.recordCount !== findings) throw new Error(JSON.stringify(report));
  await delay(SESSIONS_END_MS);
  const cpuUs = {
    server: ((readCpuSec(reports.pid) - before.server) * 1e6) / findings,
    postgres: ((readEndedCpuSec(database.dataDir) - before.postgres) * 1e6) / findings,
  };
  return [
    {
      what: `report as ${format}`,
      value: findings / sec,
      unit: "records/s",
      note: `${sec.toFixed(1)} s; CPU us a record: server ${cpuUs.server.toFixed(1)}, PostgreSQL ${cpuUs.postgres.toFixed(1)}`,
    },
    {
      what: `peak resident memory, ${format}`,
      value: readMib(reports.pid, "VmHWM"),
      unit: "MiB",
      note: `begun at ${beforeMib.toFixed(0)}`,
    },
    ...(format === "JSON" ? await measureDownloads(reports, id) : []),
  ];
}

/** Linux: begins the peak anew. */
function beginPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

async function untilDone(reports: Reports, id: string): Promise<Report> {
  for (;;) {
    const report = await reports.read(id);
    if (report.status !== "REQUESTED" && report.status !== "IN_PROGRESS") return report;
    await delay(50);
  }
}

async function measureDownloads({ url, headers, pid }: Reports, id: string): Promise<BenchResult["rows"]> {
  const rows: BenchResult["rows"] = [];
  beginPeak(pid);
  for (const [what, path] of [
    ["download of the whole ZIP", "download"],
    ["download of one part, inflated", "resources/part_1.json"],
  ] as const) {
    const startMs = performance.now();
    const answer = await fetch(`${url}/etm/api/rest/v1/reports/${id}/${path}`, { headers });
    let bytes = 0;
    for await (const chunk of answer.body ?? []) bytes += chunk.length;
    const sec = (performance.now() - startMs) / 1000;
    rows.push({ what, value: bytes / 2 ** 20 / sec, unit: "MiB/s", note: `${(bytes / 2 ** 20).toFixed(0)} MiB` });
  }
  rows.push({ what: "peak resident memory, downloads", value: readMib(pid, "VmHWM"), unit: "MiB" });
  return rows;
}

/** Ten readers without a pause, alone and while reports are made without a pause. */
async function measureLists(reports: Reports): Promise<BenchResult["rows"]> {
  await readLists(reports, 2);
  const alone = await readLists(reports, LISTS_SEC);
  const during = new AbortController();
  beginPeak(reports.pid);
  const making = keepReporting(reports, during.signal);
  const beside = await readLists(reports, LISTS_SEC);
  during.abort();
  await making;
  const note = ({ requests }: autocannon.Result) => `${requests.average.toFixed(0)} requests/s`;
  return [
    { what: "list of findings alone, p50", value: alone.latency.p50, unit: "ms", note: note(alone) },
    { what: "list of findings alone, p99", value: alone.latency.p99, unit: "ms" },
    { what: "list of findings beside a report, p50", value: beside.latency.p50, unit: "ms", note: note(beside) },
    { what: "list of findings beside a report, p99", value: beside.latency.p99, unit: "ms" },
    { what: "p99 beside a report / alone", value: beside.latency.p99 / alone.latency.p99, unit: "", note: "aim 2" },
    { what: "peak resident memory, JSON beside list calls", value: readMib(reports.pid, "VmHWM"), unit: "MiB" },
  ];
}

async function readLists({ url, headers }: Reports, duration: number): Promise<autocannon.Result> {
  const result = await autocannon({
    url: `${url}/etm/1.0/finding/list?pageSize=50`,
    headers,
    connections: READERS,
    duration,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refusals, ${result.errors} errors`);
  return result;
}

/** One after the other until the signal; the last one is taken to its end, so that nothing runs behind the bench. */
async function keepReporting(reports: Reports, signal: AbortSignal): Promise<void> {
  do {
    const { id } = await reports.submit("JSON");
    await untilDone(reports, id);
  } while (!signal.aborted);
}

function readCpuSec(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Of PostgreSQL's sessions that have ended: those of a report end with it. */
function readEndedCpuSec(dataDir: string): number {
  const pid = readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n", 1)[0];
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** `VmRSS`: now; `VmHWM`: at its peak. */
function readMib(pid: number, name: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
