import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import type { ScanParser } from "@breakwater/formats/records";
import { parseNessus } from "@breakwater/formats/scanners/nessus/index";
import { writeNessus } from "@breakwater/simulator/scans/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toConfig } from "../../config/config.ts";
import { readEnvironment } from "../../config/env.ts";
import type { Database } from "../../db/index.ts";
import { layOutZip, readSegments, totalLength } from "../../exporters/index.ts";
import type { Task } from "../../jobs/index.ts";
import type { ScanStep } from "../findings/index.ts";
import {
  addSubscription,
  inSubscription,
  readFindings,
  type TestScan,
  testCheck,
} from "../findings/scan-world.fixture.ts";
import { walkScores } from "../findings/score-walk.ts";
import { createIngestModule } from "./index.ts";
import { readBySize } from "./read-by-size.ts";

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

test("what a job that is given up has written is closed by the next complete report, and scored", async () => {
  const subscriptionId = await addSubscription(db);
  const own = inSubscription({ database, db, subscriptionId, close: async () => undefined }, subscriptionId);
  const scan = (day: number, hosts: Record<string, string[]>): TestScan => ({
    connection: "A",
    at: Date.UTC(2025, 0, 1 + day),
    assets: Object.entries(hosts).map(([ip, checks]) => ({
      asset: { name: ip, ipAddresses: [ip] },
      findings: checks.map((checkId) => ({ checkId })),
    })),
  });
  const [worse, listed] = [testCheck("a", { severity: 5 }), () => readFindings(db, subscriptionId)];
  await own.importScan(scan(0, { "10.0.0.1": ["a"], "10.0.0.3": ["a"] }));
  const left = scan(1, { "10.0.0.1": ["a", "b"], "10.0.0.2": ["b"] });
  await own.importScan(left, { checks: [worse], dieAfterCommits: 1, isLeft: true });
  const node = startNode("d");
  const [job] = (await node.listUnfinished()).filter((one) => one.subscriptionId === subscriptionId);
  await node.run(job!, { signal: new AbortController().signal });
  expect(await readJob(job!.id)).toMatchObject({ status: "FAILED" });
  await db.imports.transaction().execute((tx) => walkScores(tx, subscriptionId));
  const scores = (await listed()).filter(({ check }) => check === "a").map(({ qds }) => qds);
  await own.importScan(scan(2, { "10.0.0.1": ["a"], "10.0.0.2": [] }), { checks: [worse] });
  expect((await listed()).map(({ asset, check, status }) => [asset, check, status])).toEqual([
    ["10.0.0.1", "a", "ACTIVE"],
    ["10.0.0.1", "b", "FIXED"],
    ["10.0.0.2", "b", "FIXED"],
    ["10.0.0.3", "a", "NEW"],
  ]);
  // The third host was not in the report that made its check worse.
  expect(scores[1]).toBe(scores[0]);
});

test("a job goes on with its connection under another name, and anew when that has been deleted", async () => {
  const bytes = Buffer.concat([...writeNessus({ seed: 1, hosts: 3, itemsPerHost: 3, plugins: 10 })]);
  const node = startNode("e");
  await mkdir(join(dir, "e", "uploads"), { recursive: true });
  const resumed = async (change: string) => {
    const subscriptionId = await addSubscription(db);
    const own = inSubscription({ database, db, subscriptionId, close: async () => undefined }, subscriptionId);
    const assets = ["former 1", "former 2"].map((name) => ({ asset: { name }, findings: [{ checkId: "x" }] }));
    const scan = { connection: "Nessus", product: "Nessus", at: now, assets };
    await own.importScan(scan, { limits: { maxAssets: 1 }, dieAfterCommits: 1, isLeft: true });
    const [job] = (await node.listUnfinished()).filter((one) => one.subscriptionId === subscriptionId);
    await writeFile(join(dir, "e", "uploads", job!.id), bytes);
    await sql`UPDATE connection SET ${sql.raw(change)} WHERE subscription_id = ${subscriptionId}`.execute(db.write);
    await node.run(job!, { signal: new AbortController().signal });
    expect(await readJob(job!.id)).toMatchObject({ status: "COMPLETED" });
    const { rows } = await sql<{ name: string; assets: string[] }>`
      SELECT c.name, array_agg(CASE WHEN a.name LIKE 'former%' THEN a.name ELSE 'read' END ORDER BY a.id) AS assets
      FROM asset_source s JOIN connection c USING (subscription_id)
      JOIN asset a ON a.subscription_id = s.subscription_id AND a.id = s.asset_id
      WHERE s.subscription_id = ${subscriptionId} AND c.id = s.connection_id GROUP BY c.id, c.name`.execute(db.write);
    return rows;
  };
  expect(await resumed("name = 'Other'")).toEqual([{ name: "Other", assets: ["former 1", "read", "read"] }]);
  expect(await resumed("deleted_at = now()")).toEqual([{ name: "Nessus", assets: ["read", "read", "read"] }]);
});

test("checks that a job told anew are scored, though it begins anew because its connection was deleted", async () => {
  const subscriptionId = await addSubscription(db);
  const own = inSubscription({ database, db, subscriptionId, close: async () => undefined }, subscriptionId);
  const scan = (day: number, addresses: readonly string[]): TestScan => ({
    connection: "A",
    at: Date.UTC(2025, 0, 1 + day),
    assets: addresses.map((ip) => ({ asset: { name: ip, ipAddresses: [ip] }, findings: [{ checkId: "a" }] })),
  });
  await own.importScan({ ...scan(0, ["10.0.0.1", "10.0.0.2"]), connection: "B" });
  await own.importScan(scan(1, ["10.0.0.1"]), {
    checks: [testCheck("a", { severity: 5 })],
    dieAfterCommits: 1,
    isLeft: true,
  });
  await sql`UPDATE connection SET deleted_at = now() WHERE subscription_id = ${subscriptionId} AND name = 'A'`.execute(
    db.write,
  );
  const node = startNode("f");
  const [job] = (await node.listUnfinished()).filter((one) => one.subscriptionId === subscriptionId);
  await mkdir(join(dir, "f", "uploads"), { recursive: true });
  const file = Buffer.concat([...writeNessus({ seed: 1, hosts: 1, itemsPerHost: 1, plugins: 1 })]);
  await writeFile(join(dir, "f", "uploads", job!.id), file);
  await node.run(job!, { signal: new AbortController().signal });
  expect(await readJob(job!.id)).toMatchObject({ status: "COMPLETED" });
  await db.imports.transaction().execute((tx) => walkScores(tx, subscriptionId));
  const scores = (await readFindings(db, subscriptionId)).filter(({ check }) => check === "a").map(({ qds }) => qds);
  expect(scores).toEqual([scores[0], scores[0]]);
});

test("an archive of several products that is stopped between them has each in a connection of its own", async () => {
  const subscriptionId = await addSubscription(db);
  const id = randomUUID();
  const nmap = new URL("../../../../formats/fixtures/nmap/vulners/input.xml", import.meta.url);
  const files = [
    Buffer.concat([...writeNessus({ seed: 1, hosts: 400, itemsPerHost: 30, plugins: 50 })]),
    await readFile(nmap),
  ];
  await mkdir(join(dir, "g", "uploads"), { recursive: true });
  const entries = await Promise.all(
    files.map(async (bytes, index) => {
      const [path, deflated] = [join(dir, `member-${index}`), deflateRawSync(bytes)];
      await writeFile(path, deflated);
      const lengths = { bytes: bytes.length, deflatedBytes: deflated.length };
      return { name: `member-${index}.xml`, path, crc32: crc32(bytes), ...lengths };
    }),
  );
  const zip = layOutZip(entries, now);
  await writeFile(join(dir, "g", "uploads", id), readSegments(zip, { first: 0, last: totalLength(zip) - 1 }));
  await sql`
    INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, created_by, created_at)
    VALUES (${subscriptionId}, ${id}, 'REQUESTED', 1, '', 'test', ${new Date(now)})`.execute(db.write);
  const node = startNode("g");
  const stop = new AbortController();
  const first = node.run({ subscriptionId, id }, { signal: stop.signal });
  while ((await readJob(id))?.connection_name === null) await new Promise((resolve) => setTimeout(resolve, 2));
  stop.abort();
  await first;
  const stopped = await readJob(id);
  expect(stopped).toMatchObject({ status: "REQUESTED", connection_name: "Nessus", checkpoint: { member: 1 } });
  await node.run({ subscriptionId, id }, { signal: new AbortController().signal });
  expect(await readJob(id)).toMatchObject({ status: "COMPLETED", connection_name: "Nessus" });
  const { rows } = await sql<{ name: string; assets: number }>`
    SELECT c.name, count(*) AS assets FROM asset_source s JOIN connection c USING (subscription_id)
    WHERE s.subscription_id = ${subscriptionId} AND c.id = s.connection_id GROUP BY c.name ORDER BY c.name`.execute(
    db.write,
  );
  expect(rows).toEqual([
    { name: "Nessus", assets: 400 },
    { name: "Nmap", assets: 2 },
  ]);
});

test("a large file is read in a thread, however small it came packed, and a small one is not", async () => {
  const read = async (bytes: Buffer) => {
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000);
    }
    let isHere = false;
    const parse: ScanParser = (source) => {
      isHere = true;
      return parseNessus(source);
    };
    const request = { start: { assets: 0, records: 0 }, importedAt: now, format: "nessus", csvMapping: null };
    const steps: ScanStep[] = [];
    for await (const some of readBySize(chunks(), request, parse)) steps.push(...some);
    return { isHere, steps };
  };
  const [head, ...rest] = [...writeNessus({ seed: 1, hosts: 2, itemsPerHost: 3, plugins: 10 })].map((part) =>
    Buffer.from(part),
  );
  const small = await read(Buffer.concat([head!, ...rest]));
  const large = await read(Buffer.concat([head!, ...rest, Buffer.alloc(17_000_000, "\n")]));
  expect(small.isHere).toBe(true);
  expect(large).toEqual({ isHere: false, steps: small.steps });
});
