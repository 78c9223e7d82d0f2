import { type App, createApp } from "@breakwater/server/app";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Database } from "@breakwater/server/db/index";
import { prepareInstallation } from "@breakwater/server/modules/users/index";
import autocannon from "autocannon";
import { sql } from "kysely";
import { pino } from "pino";

const LOGIN = { username: "bench_mgr1", password: "Bench-password-1" };
const PATH = "/etm/1.0/finding/list?pageSize=100";
const READERS = 4;
const REQUESTS_PER_SEC = 40;

/** Readers of the list of findings in the process that imports, as the server has it. */
export type ListReaders = {
  /** @returns p99 of the first page, ms */
  measure(seconds: number): Promise<number>;
  close(): Promise<void>;
};

/** The subscription that imports and readers share; its limits are decided at each call and never reached. */
export async function prepareSubscription(db: Database): Promise<void> {
  await prepareInstallation(db, LOGIN);
  await sql`UPDATE subscription SET service_level = 'Custom', rate_limit = 1000000, rate_window_sec = 1,
    concurrency_limit = 1000`.execute(db.write);
}

export async function openReaders(db: Database, dataDir: string): Promise<ListReaders> {
  const config = toConfig(readEnvironment({}), { dataDir, port: "0" });
  const app: App = await createApp({ config, db, log: pino({ level: "error" }) });
  const url = await app.gateway.listen({ host: "127.0.0.1", port: 0 });
  const answer = await fetch(`${url}/auth`, { method: "POST", body: new URLSearchParams({ ...LOGIN, token: "true" }) });
  if (answer.status !== 201) throw new Error(`log-in answered ${answer.status}`);
  const headers = { authorization: `Bearer ${await answer.text()}` };
  return {
    measure: async (duration) => {
      const options = { url: `${url}${PATH}`, headers, connections: READERS, overallRate: REQUESTS_PER_SEC, duration };
      // In a thread of its own: the readers' waiting must not depend on who they wait for.
      const result = await autocannon({ ...options, workers: 1 });
      if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refusals, ${result.errors} errors`);
      return result.latency.p99;
    },
    close: () => app.close(),
  };
}
