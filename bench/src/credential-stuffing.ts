import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type BenchResult, median } from "./result.ts";

const ATTEMPTS_PER_SEC = 500;
const READS_PER_SEC = 50;
const PHASE_SEC = 10;

type Attack = { sent: number; statuses: Record<string, number> };

/** What a reader notices of 500 log-in attempts a second, from many names and addresses, in the same run. */
export async function runCredentialStuffingBench(): Promise<BenchResult> {
  const script = fileURLToPath(new URL("./credential-stuffing-server.ts", import.meta.url));
  const server = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [url = "", token = ""] = (await firstLine(server)).split(" ");
    await read(url, token, 2);
    const calm = await read(url, token, PHASE_SEC);
    const before = await readMemory(url);
    const attack = begin(url);
    const attacked = await read(url, token, PHASE_SEC);
    const { sent, statuses } = await attack;
    const after = await readMemory(url);
    return toResult({ calm, attacked, sent, statuses, grownMib: (after - before) / 2 ** 20 });
  } finally {
    server.kill("SIGTERM");
  }
}

type Figures = { calm: number[]; attacked: number[]; sent: number; statuses: Attack["statuses"]; grownMib: number };

function toResult({ calm, attacked, sent, statuses, grownMib }: Figures): BenchResult {
  const answers = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  const failed = Object.entries(statuses).filter(([status]) => !/^[24]/.test(status));
  const p99 = { calm: quantile(calm, 0.99), attacked: quantile(attacked, 0.99) };
  return {
    name: "credential-stuffing",
    rows: [
      { what: "attempts sent", value: sent, unit: "", note: answers.join(", ") },
      {
        what: "attempts answered 5xx or not at all",
        value: failed.reduce((sum, [, count]) => sum + count, 0),
        unit: "",
      },
      { what: "reader alone, p50", value: median(calm), unit: "ms", note: `${READS_PER_SEC} calls/s` },
      { what: "reader alone, p99", value: p99.calm, unit: "ms" },
      { what: "reader under attack, p50", value: median(attacked), unit: "ms" },
      { what: "reader under attack, p99", value: p99.attacked, unit: "ms" },
      { what: "p99 under attack / alone", value: p99.attacked / p99.calm, unit: "", note: "aim 2" },
      { what: "memory grown by the attack", value: grownMib, unit: "MiB" },
    ],
  };
}

async function firstLine(server: ChildProcess): Promise<string> {
  if (server.stdout) for await (const line of createInterface({ input: server.stdout })) return line;
  throw new Error("the server did not start");
}

async function begin(url: string): Promise<Attack> {
  const workerData = { url, perSec: ATTEMPTS_PER_SEC, forSec: PHASE_SEC };
  const worker = new Worker(new URL("./credential-stuffing-attack.ts", import.meta.url), { workerData });
  const [attack] = await once(worker, "message");
  return attack as Attack;
}

/** How long each call took, in ms; one starts every so often, whether those before have ended or not. */
async function read(url: string, token: string, forSec: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const calls: Promise<number>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < forSec * READS_PER_SEC; number += 1) {
    await delay(Math.max(0, startedAt + (number * 1000) / READS_PER_SEC - performance.now()));
    calls.push(timeCall(`${url}/ot/1.0/host/count`, { agent, headers: { authorization: `Bearer ${token}` } }));
  }
  const tookMs = await Promise.all(calls);
  agent.destroy();
  return tookMs;
}

function timeCall(url: string, options: { agent: Agent; headers: Record<string, string> }): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      response.resume().on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - startedAt);
        else reject(new Error(`the reader was answered ${response.statusCode}`));
      });
    });
    call.on("error", reject).end();
  });
}

async function readMemory(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)?.[1]);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
