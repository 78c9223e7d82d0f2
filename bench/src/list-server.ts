import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type App, createApp } from "@breakwater/server/app";
import { toConfig } from "@breakwater/server/config/config";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Database } from "@breakwater/server/db/index";
import { prepareInstallation } from "@breakwater/server/modules/users/index";
import { sql } from "kysely";
import { pino } from "pino";
import type { Asked, Waited } from "./list-readers.ts";
import type { BenchResult } from "./result.ts";
import { openSeededDatabase } from "./seeded-database.ts";

const DEFAULT_FINDINGS = 2_000_000;
const READERS = 10;
/** A case ends with so many requests, or after so long. */
const REQUESTS = 400;
const BOUND_MS = 2_000;
const WRITE_EVERY_MS = 100;
const PASSWORD = "Bench-password-1";
/** Users by what they see: everything, a tenth of the assets, or one in ten thousand. */
const USERS = { all: "bench_mgr1", common: "bench_common1", rare: "bench_rare1" };

/** Whose scope a list is asked in. */
export type Reader = keyof typeof USERS;

/** What of a list is asked for; of several queries one after the other. */
export type Question = {
  path: string;
  query: Record<string, string> | readonly Record<string, string>[];
  reader?: Reader;
};

export type ListServer = {
  assets: number;
  get(question: Question): Promise<Response>;
  /** Latency of the first answer after a change, then of ten readers asking the same. */
  measure(what: string, question: Question): Promise<Row>;
  /** The same with a commit that lists show every tenth of a second: nothing stays known. */
  measureWhileWriting(what: string, question: Question): Promise<Row>;
  close(): Promise<void>;
};
type Row = BenchResult["rows"][number];

/** The server over HTTP, on a database with findings, a tenth as many assets, all OT hosts, and two detections on each. */
export async function openListServer({ findings = DEFAULT_FINDINGS }: { findings?: number } = {}): Promise<ListServer> {
  const database = await openSeededDatabase({ findings }, prepareSubscription);
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-bench-"));
  let app: App | undefined;
  const readers = new Worker(new URL("./list-readers.ts", import.meta.url));
  const close = async () => {
    await readers.terminate();
    await app?.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await addScopedUsers(database.db);
    const config = toConfig(readEnvironment({}), { dataDir, port: "0" });
    app = await createApp({ config, db: database.db, log: pino({ level: "error" }) });
    const url = await app.gateway.listen({ host: "127.0.0.1", port: 0 });
    const tokens = Object.fromEntries(
      await Promise.all(Object.entries(USERS).map(async ([reader, username]) => [reader, await logIn(url, username)])),
    ) as Record<Reader, string>;
    return { assets: database.seeded.assets, close, ...createReaders(url, tokens, readers, database.db) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function prepareSubscription(db: Database): Promise<number> {
  await prepareInstallation(db, { username: USERS.all, password: PASSWORD });
  // A limit that is decided at each call and never reached.
  const { rows } = await sql<{ id: number }>`UPDATE subscription SET service_level = 'Custom', rate_limit = 1000000,
    rate_window_sec = 1, concurrency_limit = 1000 RETURNING id`.execute(db.write);
  return rows[0]!.id;
}

async function addScopedUsers(db: Database): Promise<void> {
  for (const [username, tag] of [
    [USERS.common, "Plant 1"],
    [USERS.rare, "Rare"],
  ]) {
    await sql`INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope, scope_tag_ids)
      SELECT u.subscription_id, ${username}, u.password_hash, u.role_id, false, ARRAY[t.id] FROM app_user u
      JOIN tag t ON t.subscription_id = u.subscription_id AND t.name = ${tag} WHERE u.username = ${USERS.all}`.execute(
      db.write,
    );
  }
}

async function logIn(url: string, username: string): Promise<string> {
  const body = new URLSearchParams({ username, password: PASSWORD, token: "true" });
  const answer = await fetch(`${url}/auth`, { method: "POST", body });
  if (answer.status !== 201) throw new Error(`log-in answered ${answer.status}`);
  return answer.text();
}

function createReaders(url: string, tokens: Record<Reader, string>, readers: Worker, db: Database) {
  const toUrls = ({ path, query }: Question) =>
    [query].flat().map((one) => `${url}${path}?${new URLSearchParams(one)}`);
  const toHeaders = ({ reader = "all" }: Question) => ({ authorization: `Bearer ${tokens[reader]}` });
  const get: ListServer["get"] = async (question) => {
    const [first] = toUrls(question);
    const answer = await fetch(first!, { headers: toHeaders(question) });
    if (answer.status !== 200) throw new Error(`${first}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const touch = () => sql`UPDATE asset SET criticality = criticality WHERE id = 1`.execute(db.write);
  const measure: ListServer["measure"] = async (what, question) => {
    await touch();
    const startMs = performance.now();
    const answer = await get(question);
    await answer.arrayBuffer();
    const firstMs = performance.now() - startMs;
    const asked: Asked = {
      ...{ urls: toUrls(question), headers: toHeaders(question) },
      ...{ readers: READERS, requests: REQUESTS, boundMs: BOUND_MS },
    };
    readers.postMessage(asked);
    const [waited] = (await once(readers, "message")) as [Waited];
    // The other cases are still worth knowing.
    if ("failure" in waited) return { what, value: Number.NaN, unit: "ms", note: waited.failure };
    const at = (part: number) => waited.timesMs[Math.floor((waited.timesMs.length - 1) * part)] ?? Number.NaN;
    const note = `p50 ${at(0.5).toFixed(1)} ms, the very first ${firstMs.toFixed(0)} ms, count ${answer.headers.get("count")}`;
    return { what, value: at(0.99), unit: "ms", note };
  };
  const measureWhileWriting: ListServer["measureWhileWriting"] = async (what, question) => {
    const writing = setInterval(() => touch().catch(() => undefined), WRITE_EVERY_MS);
    try {
      return await measure(`${what}, while something changes ten times a second`, question);
    } finally {
      clearInterval(writing);
    }
  };
  return { get, measure, measureWhileWriting };
}
