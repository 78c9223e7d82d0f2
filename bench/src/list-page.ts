import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "@breakwater/server/app";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Database } from "@breakwater/server/db/index";
import { prepareInstallation } from "@breakwater/server/modules/users/index";
import autocannon from "autocannon";
import { sql } from "kysely";
import { pino } from "pino";
import type { BenchResult } from "./result.ts";
import { openSeededDatabase, type SeededDatabase } from "./seeded-database.ts";

const DEFAULT_FINDINGS = 2_000_000;
const READERS = 10;
const LOGIN = { username: "bench_mgr1", password: "Bench-password-1" };

/** Latency of pages of `GET /ot/1.0/host/list` over HTTP, ten readers at once, at a tenth of `findings` hosts. */
export async function runListPageBench(options: { findings?: number; seconds?: number } = {}): Promise<BenchResult> {
  const database = await openSeededDatabase({ findings: options.findings ?? DEFAULT_FINDINGS }, prepareSubscription);
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-bench-"));
  let app: App | undefined;
  try {
    const config = toConfig(readEnvironment({}), { dataDir, port: "0" });
    app = await createApp({ config, db: database.db, log: pino({ level: "error" }) });
    const url = await app.gateway.listen({ host: "127.0.0.1", port: 0 });
    const token = await logIn(url);
    const rows: BenchResult["rows"] = [];
    for (const [what, query] of pages(database)) {
      rows.push(...(await measure(what, `${url}/ot/1.0/host/list?${query}`, token, options.seconds ?? 8)));
    }
    return { name: "list-page", rows };
  } finally {
    await app?.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function prepareSubscription(db: Database): Promise<number> {
  await prepareInstallation(db, LOGIN);
  // A limit that is decided at each call and never reached.
  const { rows } = await sql<{ id: number }>`UPDATE subscription SET service_level = 'Custom', rate_limit = 1000000,
    rate_window_sec = 1, concurrency_limit = 1000 RETURNING id`.execute(db.write);
  return rows[0]!.id;
}

async function logIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/auth`, { method: "POST", body: new URLSearchParams({ ...LOGIN, token: "true" }) });
  if (answer.status !== 201) throw new Error(`log-in answered ${answer.status}`);
  return answer.text();
}

function pages({ seeded }: SeededDatabase): [what: string, query: URLSearchParams][] {
  const deepPage = String(Math.floor(seeded.assets / 100 / 2));
  return [
    ["first page of 100", new URLSearchParams({ pageSize: "100" })],
    ["deep page (half way)", new URLSearchParams({ pageSize: "100", pageNumber: deepPage })],
    ["sorted by risk", new URLSearchParams({ pageSize: "100", sort: '[{"asset.risk":"desc"}]' })],
    [
      "filtered by manufacturer",
      new URLSearchParams({ pageSize: "100", filter: 'hardware.manufacturer:"Manufacturer 7"' }),
    ],
  ];
}

async function measure(what: string, url: string, token: string, seconds: number): Promise<BenchResult["rows"]> {
  const headers = { authorization: `Bearer ${token}` };
  const { headers: answered, status } = await fetch(url, { headers });
  if (status !== 200) throw new Error(`${what}: ${status}`);
  const result = await autocannon({ url, headers, connections: READERS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${what}: ${result.non2xx} refusals, ${result.errors} errors`);
  const note = `count ${answered.get("count")}, ${result.requests.average.toFixed(0)} requests/s`;
  return [
    { what: `${what}, p50`, value: result.latency.p50, unit: "ms", note },
    { what: `${what}, p99`, value: result.latency.p99, unit: "ms" },
  ];
}
