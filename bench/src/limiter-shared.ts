import type { HammerReport } from "@breakwater/server/limits/node-hammer.fixture";
import { hammer } from "@breakwater/testkit/node-hammer";
import { findStoreProgram, type SharedStore, startSharedStore } from "@breakwater/testkit/shared-store";
import { type BenchResult, median } from "./result.ts";

type Row = BenchResult["rows"][number];

const NODES = 4;
const LANES = 32;
const CALLS_PER_LANE = 1000;
const ROUNDS = 3;
const KEY = "1 GET /ot/1.0/host/list";
/** Never full, never empty: every call is admitted, recorded and told to the other nodes. */
const OPEN = { maxConcurrent: 100_000, maxCalls: 10_000_000, windowSec: 3600 };
/** Full after the first second: nearly every call is refused. */
const TIGHT = { maxConcurrent: 100_000, maxCalls: 2000, windowSec: 3600 };

/**
 * Decisions of four nodes in processes of their own over one store on a local socket, each node with 32 calls under way;
 * calls admitted beyond the limit; and what a counter takes in the store.
 */
export async function runSharedLimiterBench(): Promise<BenchResult> {
  if (findStoreProgram() === undefined) throw new Error("this bench needs valkey-server or redis-server");
  const store = await startSharedStore();
  try {
    const rows: Row[] = [];
    rows.push(...(await measure("admitted and released", store, OPEN)));
    rows.push(...(await measure("refused", store, TIGHT)));
    rows.push(...(await memory(store)));
    return { name: "limiter-shared", rows };
  } finally {
    await store.close();
  }
}

async function measure(what: string, { url }: SharedStore, limits: typeof OPEN): Promise<Row[]> {
  const rounds: HammerReport[][] = [];
  let beyond = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const order = { url, namespace: `${what} ${round}`, key: KEY, limits, lanes: LANES, callsPerLane: CALLS_PER_LANE };
    const reports = await hammer(order, NODES);
    const admitted = reports.reduce((sum, report) => sum + report.admitted, 0);
    beyond += Math.max(0, admitted - limits.maxCalls);
    rounds.push(reports);
  }
  const perSecond = rounds.map(
    (reports) =>
      reports.reduce((sum, { calls }) => sum + calls, 0) / (Math.max(...reports.map((r) => r.elapsedMs)) / 1000),
  );
  const note = `${NODES} nodes, ${LANES} calls each at a time`;
  const all = rounds.flat();
  return [
    { what: `${what}: decisions`, value: Math.round(median(perSecond)), unit: "1/s", note },
    { what: `${what}: p50`, value: median(all.map(({ p50Ms }) => p50Ms)), unit: "ms" },
    { what: `${what}: p99`, value: median(all.map(({ p99Ms }) => p99Ms)), unit: "ms" },
    { what: `${what}: admitted beyond the limit`, value: beyond, unit: "calls" },
  ];
}

async function memory({ url, ask }: SharedStore): Promise<Row[]> {
  const rows: Row[] = [];
  for (const maxCalls of [300, 2000, 100_000]) {
    const limits = { maxConcurrent: 100_000, maxCalls, windowSec: 3600 };
    const order = {
      url,
      namespace: `full${maxCalls}`,
      key: KEY,
      limits,
      lanes: LANES,
      callsPerLane: Math.ceil(maxCalls / LANES),
    };
    await hammer(order, 1);
    const answer = await ask(`MEMORY USAGE "full${maxCalls}:calls:{${KEY}}" SAMPLES 0`);
    const bytes = Number(answer.slice(1));
    rows.push({ what: `a full counter of ${maxCalls} calls in the store`, value: bytes, unit: "bytes" });
  }
  return rows;
}
