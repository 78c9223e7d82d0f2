import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNessus } from "@breakwater/simulator/scans/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toConfig } from "../../config/config.ts";
import { readEnvironment } from "../../config/env.ts";
import type { Database } from "../../db/index.ts";
import type { Task } from "../../jobs/index.ts";
import { createIngestModule } from "./index.ts";

const HOUR_MS = 3_600_000;

let database: TestDatabase;
let db: Database;
let dir: string;
let now = Date.now();
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  dir = await mkdtemp(join(tmpdir(), "breakwater-nodes-"));
  await sql`INSERT INTO subscription (name) VALUES ('test')`.execute(db.write);
});
afterAll(async () => {
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

/** The import task of a node with a data directory of its own. */
function startNode(name: string): Task {
  const { tasks } = createIngestModule({
    db,
    config: toConfig({ ...readEnvironment({}), dataDir: join(dir, name) }),
    clock: () => now,
    log: pino({ level: "silent" }),
    jobs: { enqueue: async () => undefined, stop: async () => undefined },
  });
  return tasks?.[0] as Task;
}

const run = (node: Task, id: string) => node.run({ subscriptionId: 1, id }, { signal: new AbortController().signal });

async function readJob(id: string) {
  const { rows } = await sql<Record<string, unknown>>`SELECT * FROM import_job WHERE id = ${id}`.execute(db.write);
  return rows[0];
}

async function insertJob(bytes: number): Promise<string> {
  const id = randomUUID();
  await sql`
    INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, created_by, created_at)
    VALUES (1, ${id}, 'REQUESTED', ${bytes}, '', 'test', ${new Date(now)})`.execute(db.write);
  return id;
}

test("a node leaves a job whose upload another node has as it is, and that one imports it", async () => {
  const bytes = Buffer.concat([...writeNessus({ seed: 1, hosts: 2, itemsPerHost: 3, plugins: 10 })]);
  const id = await insertJob(bytes.length);
  await mkdir(join(dir, "b", "uploads"), { recursive: true });
  await writeFile(join(dir, "b", "uploads", id), bytes);
  const [a, b] = [startNode("a"), startNode("b")];
  const before = await readJob(id);
  now += 23 * HOUR_MS;
  for (let wake = 0; wake < 7; wake++) await run(a, id);
  expect(await readJob(id)).toEqual(before);
  expect(await a.listUnfinished()).toEqual([{ subscriptionId: 1, id }]);
  await run(b, id);
  expect(await readJob(id)).toMatchObject({ status: "COMPLETED", attempt: 1 });
});

test("a job whose upload no node has shown within a day has failed", async () => {
  const id = await insertJob(1);
  const node = startNode("c");
  now += 24 * HOUR_MS;
  await run(node, id);
  expect(await readJob(id)).toMatchObject({ status: "REQUESTED", attempt: 0 });
  now += 1;
  await run(node, id);
  expect(await readJob(id)).toMatchObject({ status: "FAILED", message: expect.stringContaining("import it again") });
});
