import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExactLimiter, type Limits, limitHeaders, limitKey, SERVICE_LEVELS } from "@breakwater/domain/limits/index";
import { createMemoryLimiter, createSteadyClock } from "@breakwater/server/limits/index";
import type { BenchResult } from "./result.ts";

type Row = BenchResult["rows"][number];

const ROUNDS = 7;
const CALLS_PER_ROUND = 200_000;
const MANY_KEYS = 10_000;

/** A window that is always full of 2000 calls, and every call admitted: the longest ring, the most work. */
const BUSY: Limits = { maxConcurrent: 10, maxCalls: 2000, windowSec: 1 };
const BUSY_STEP_MS = 1;

/** Decisions per second, each with its release, in memory and journalled, for one counter and for many. */
export async function runLimiterBench(): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), "breakwater-bench-"));
  try {
    const rows = [...inMemory(), ...journalled(directory), restart(directory), headers()];
    const result = { name: "limiter", rows };
    printTable(result);
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function inMemory(): Row[] {
  const rows: Row[] = [];
  for (const keys of [keysOf(1), keysOf(MANY_KEYS)]) {
    const limiter = new ExactLimiter();
    let nowMs = 0;
    const admit = (index: number) => {
      nowMs += BUSY_STEP_MS;
      const decision = limiter.decide(keys[index % keys.length] as string, BUSY, nowMs);
      if (decision.kind !== "admitted") throw new Error("The bench's call was blocked");
      limiter.release(decision.lease, nowMs);
    };
    rows.push(row(`in memory, admitted and released, ${count(keys)}`, median(admit)));

    const full = new ExactLimiter();
    const fill = (key: string) => {
      for (let call = 0; call < SERVICE_LEVELS.Express.maxCalls; call++) {
        const decision = full.decide(key, SERVICE_LEVELS.Express, 0);
        if (decision.kind === "admitted") full.release(decision.lease, 0);
      }
    };
    keys.forEach(fill);
    const block = (index: number) => {
      const decision = full.decide(keys[index % keys.length] as string, SERVICE_LEVELS.Express, 1000);
      if (decision.kind !== "blockedByRate") throw new Error("The bench's call was not blocked");
    };
    rows.push(row(`in memory, blocked, ${count(keys)}`, median(block)));
  }
  return rows;
}

/**
 * As the server runs it, reading a real clock at each decision; the clock runs fast, so that windows empty as quickly
 * as the loop fills them.
 */
function journalled(directory: string): Row[] {
  const clock = createSteadyClock(Date.now, () => performance.now() * 10_000);
  return [false, true].flatMap((isJournalled) =>
    [keysOf(1), keysOf(MANY_KEYS)].map((keys) => {
      const journal = { path: join(directory, `journal-${keys.length}`) };
      const limiter = createMemoryLimiter(isJournalled ? { clock, journal } : { clock });
      const admit = (index: number) => {
        const decision = limiter.decide(keys[index % keys.length] as string, BUSY);
        if (decision.kind !== "admitted") throw new Error("The bench's call was blocked");
        limiter.release(decision.lease);
      };
      const perSecond = median(admit);
      limiter.close();
      return row(`server's limiter, ${isJournalled ? "journalled" : "no journal"}, ${count(keys)}`, perSecond);
    }),
  );
}

function restart(directory: string): Row {
  const path = join(directory, "restart");
  const clock = () => 1_000_000;
  const fill = createMemoryLimiter({ clock, journal: { path } });
  const keys = keysOf(MANY_KEYS);
  const callsPerKey = 300;
  for (let call = 0; call < callsPerKey; call++) {
    for (const key of keys) {
      const decision = fill.decide(key, SERVICE_LEVELS.Standard);
      if (decision.kind === "admitted") fill.release(decision.lease);
    }
  }
  fill.close();
  const times = Array.from({ length: ROUNDS }, () => {
    const startedMs = performance.now();
    const limiter = createMemoryLimiter({ clock, journal: { path } });
    const elapsedMs = performance.now() - startedMs;
    limiter.close();
    return elapsedMs;
  });
  const what = `restart with ${MANY_KEYS} counters of ${callsPerKey} calls`;
  return { what, value: Math.round(middle(times)), unit: "ms", note: "read, rewrite and fsync of the journal" };
}

function headers(): Row {
  const limiter = new ExactLimiter();
  const decision = limiter.decide("k", SERVICE_LEVELS.Standard, 0);
  return row(
    "headers of an admitted call",
    median(() => {
      if (limitHeaders(decision).length !== 5) throw new Error("The headers are not those of an admitted call");
    }),
  );
}

function keysOf(keyCount: number): string[] {
  return Array.from({ length: keyCount }, (_, index) => limitKey(index, "GET /ot/1.0/host/list"));
}

function count(keys: readonly string[]): string {
  return keys.length === 1 ? "1 key" : `${keys.length} keys`;
}

/** Calls per second: the median of the rounds, after one to warm up. */
function median(call: (index: number) => void): number {
  const perSecond: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const startedMs = performance.now();
    for (let index = 0; index < CALLS_PER_ROUND; index++) call(index);
    if (round > 0) perSecond.push((CALLS_PER_ROUND * 1000) / (performance.now() - startedMs));
  }
  return middle(perSecond);
}

function middle(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[Math.floor(values.length / 2)] as number;
}

function row(what: string, perSecond: number): Row {
  return { what, value: Math.round(perSecond), unit: "1/s", note: `${(1e9 / perSecond).toFixed(0)} ns each` };
}

function printTable({ name, rows }: BenchResult): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(name);
  for (const { what, value, unit, note } of rows) {
    const figure = `${value.toLocaleString("en-US").padStart(14)} ${unit}`;
    console.log(`  ${what.padEnd(width)} ${figure}${note === undefined ? "" : `  (${note})`}`);
  }
}
