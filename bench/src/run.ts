import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { runAdvisoryDatabaseBench } from "./advisory-database.ts";
import { runAdvisoryMatchingBench } from "./advisory-matching.ts";
import { runCaptureBench } from "./capture.ts";
import { runCredentialStuffingBench } from "./credential-stuffing.ts";
import { runFindingListBench } from "./finding-list.ts";
import { runGatewayBench } from "./gateway.ts";
import { runImportBench } from "./import.ts";
import { runLimiterBench } from "./limiter.ts";
import { runSharedLimiterBench } from "./limiter-shared.ts";
import { runListCountsBench } from "./list-counts.ts";
import { runListPageBench } from "./list-page.ts";
import { type ListServer, openListServer } from "./list-server.ts";
import { runReportExportBench } from "./report-export.ts";
import type { BenchResult } from "./result.ts";

/** One server, seeded once, for all list benches that are asked for; it ends with the last of them. */
let listServer: Promise<ListServer> | undefined;
const LIST_BENCHES: Readonly<Record<string, (server: ListServer) => Promise<BenchResult>>> = {
  "list-page": runListPageBench,
  "finding-list": runFindingListBench,
  "list-counts": runListCountsBench,
};

/**
 * `npm run bench [-- NAME…] [--save]`: runs the named benches, or all, prints the figures, and with `--save` records them
 * in bench/results with machine and date.
 */
const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = {
  gateway: runGatewayBench,
  "credential-stuffing": runCredentialStuffingBench,
  limiter: runLimiterBench,
  "limiter-shared": runSharedLimiterBench,
  capture: () => runCaptureBench({}),
  import: () => runImportBench({}),
  "advisory-matching": runAdvisoryMatchingBench,
  "advisory-database": runAdvisoryDatabaseBench,
  "report-export": () => runReportExportBench({}),
};

const known = [...Object.keys(LIST_BENCHES), ...Object.keys(BENCHES)];
const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exitCode = 2;
} else {
  const asked = names.length > 0 ? names : known;
  // Nothing else is measured beside the server of the lists.
  for (const name of asked.filter((one) => one in LIST_BENCHES)) await runOnLists(name).catch(closeLists);
  await closeLists();
  for (const name of asked.filter((one) => one in BENCHES)) report(name, await BENCHES[name]!());
}

async function runOnLists(name: string): Promise<void> {
  listServer ??= openListServer();
  report(name, await LIST_BENCHES[name]!(await listServer));
}

async function closeLists(cause?: Error): Promise<void> {
  await (await listServer)?.close();
  if (cause) throw cause;
}

function report(name: string, result: BenchResult): void {
  const text = render(result);
  console.log(text);
  if (process.argv.includes("--save")) save(name, text);
}

function render(result: BenchResult): string {
  const rows = result.rows.map(
    ({ what, value, unit, note }) => `| ${what} | ${format(value)} ${unit} | ${note ?? ""} |`,
  );
  return `## ${result.name}\n\n| what | figure | note |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

function format(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

function save(name: string, text: string): void {
  const folder = new URL("../results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(new URL(`${name}.md`, folder), `Recorded ${date} on ${machine}.\n\n${text}`);
}
