import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../setup-log.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { findProcess } from "./process-table.ts";

let root: string;
let dataDir: string;
let children: ChildProcess[];

beforeEach(async () => {
  root = realpathSync(await mkdtemp(join(tmpdir(), "killed-")));
  dataDir = join(root, "postgres");
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

// Starts the server and inserts rows one by one, printing each number once its commit was acknowledged.
const program = `
import pg from "pg";
import { startEmbeddedPostgres } from ${JSON.stringify(new URL("./embedded-postgres.ts", import.meta.url).href)};
import { silentLog } from ${JSON.stringify(new URL("../setup-log.ts", import.meta.url).href)};
const [dataDir, endWithParent] = process.argv.slice(1);
const server = await startEmbeddedPostgres({ dataDir, log: silentLog, endWithParent: endWithParent === "true" });
const client = new pg.Client(server.connection);
await client.connect();
await client.query("CREATE TABLE IF NOT EXISTS acknowledged (number integer PRIMARY KEY)");
console.log("pid " + server.pid);
for (let number = 1; ; number++) {
  await client.query("INSERT INTO acknowledged VALUES ($1)", [number]);
  console.log(number);
}`;

/** Runs the program, and kills it with SIGKILL once it has acknowledged `rows` rows. */
async function runAndKill(rows: number, endWithParent: boolean): Promise<{ serverPid: number; acknowledged: number }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, "--", dataDir, String(endWithParent)], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const exited = once(child, "exit");
  let serverPid = 0;
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    if (line.startsWith("pid ")) serverPid = Number(line.slice(4));
    else acknowledged = Number(line);
    if (acknowledged === rows) child.kill("SIGKILL");
  }
  await exited;
  return { serverPid, acknowledged };
}

async function countRows(): Promise<{ count: number; max: number }> {
  const server = await startEmbeddedPostgres({ dataDir, log: silentLog });
  try {
    const client = new pg.Client(server.connection);
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::int AS count, max(number) AS max FROM acknowledged");
    await client.end();
    return rows[0];
  } finally {
    await server.stop();
  }
}

test.skipIf(!existsSync("/usr/bin/setpriv"))(
  "kill -9 of Breakwater ends the server too, and no acknowledged row is lost",
  async () => {
    const { serverPid, acknowledged } = await runAndKill(200, true);
    expect(serverPid).toBeGreaterThan(1);
    while (findProcess(serverPid)) await delay(20);
    const { count, max } = await countRows();
    expect(count).toBe(max);
    expect(count).toBeGreaterThanOrEqual(acknowledged);
  },
);

test("a server left running by kill -9 is taken over by the next start, and no acknowledged row is lost", async () => {
  const { serverPid, acknowledged } = await runAndKill(200, false);
  expect(findProcess(serverPid)).toBeDefined();
  const { count, max } = await countRows();
  expect(findProcess(serverPid)).toBeUndefined();
  expect(count).toBe(max);
  expect(count).toBeGreaterThanOrEqual(acknowledged);
});

test("a data directory in use by another Breakwater is refused with that one's pid", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, "--", dataDir, "true"], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const exited = once(child, "exit");
  const [line] = await once(createInterface({ input: child.stdout ?? process.stdin }), "line");
  await expect(startEmbeddedPostgres({ dataDir, log: silentLog })).rejects.toMatchObject({
    code: "already_in_use",
    message: expect.stringContaining(`by the Breakwater with pid ${child.pid}:`),
  });
  const serverPid = Number(String(line).slice(4));
  expect(findProcess(serverPid)).toBeDefined();
  child.kill("SIGKILL");
  await exited;
  while (findProcess(serverPid)) await delay(20);
});
