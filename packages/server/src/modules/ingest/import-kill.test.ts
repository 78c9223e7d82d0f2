import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { writeNessus } from "@breakwater/simulator/scans/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../db/index.ts";

const CHILD = fileURLToPath(new URL("import-child.fixture.ts", import.meta.url));
const SERIES = { seed: 11, hosts: 500, itemsPerHost: 40, plugins: 400, changedHostShare: 1 };

let dataDir: string;
const databases: TestDatabase[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "breakwater-kill-"));
});
afterAll(async () => {
  for (const database of databases) await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

test("an import that is killed again and again ends with the counts and the findings of one that was not", async () => {
  const runs = [0, 1].map((run) => Buffer.concat([...writeNessus({ ...SERIES, run })]));
  const calm = await importAll(runs, () => false);
  const stormy = await importAll(runs, (kills) => kills < 4);
  expect(stormy.kills).toBeGreaterThan(1);
  expect(stormy.jobs).toEqual(calm.jobs);
  expect(stormy.findings).toEqual(calm.findings);
}, 180_000);

test("what is refused is counted once, however often the import is killed, listed or not", async () => {
  const rows = Array.from({ length: 3_600 }, (_, row) => `${row % 3 === 0 ? "" : `h${row}.example`},Open port,high`);
  const table = Buffer.from(`host,title,severity\n${rows.join("\n")}\n`);
  const { kills, jobs } = await importAll([table], (killed) => killed < 2);
  expect(kills).toBeGreaterThan(0);
  expect(jobs).toMatchObject([{ status: "COMPLETED", counts: { recordsRead: 2_400, recordsRefused: 1_200 } }]);
}, 180_000);

test("advisories of an archive are counted once, however often the import is killed", async () => {
  const about = (number: number) =>
    writeCsaf({
      id: `EX-25-${number}`,
      title: "Controllers of the plant",
      products: [{ vendor: "Siemens", name: `CPU (6ES7315-2EH14-0AB${number % 10})`, versions: "vers:all/*" }],
      vulnerabilities: [{ cve: `CVE-2025-${10_000 + number}`, affected: [1] }],
    });
  const documents = Array.from({ length: 330 }, (_, number) => Buffer.from(about(number)));
  const { kills, jobs } = await importAll([archiveOf(documents)], (killed) => killed < 3);
  expect(kills).toBeGreaterThan(0);
  expect(jobs).toMatchObject([{ status: "COMPLETED", counts: { recordsRead: 330, recordsRefused: 0 } }]);
}, 180_000);

/** A zip of the files, not compressed. */
function archiveOf(files: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [index, bytes] of files.entries()) {
    const name = Buffer.from(`${index}.json`);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(bytes), 10);
    about.writeUInt32LE(bytes.length, 14);
    about.writeUInt32LE(bytes.length, 18);
    about.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), about, rest, name);
    const part = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), about, name, bytes]);
    parts.push(part);
    offset += part.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

/** Files one after another into a database of their own. */
async function importAll(files: readonly Buffer[], mayKill: (kills: number) => boolean) {
  const database = await createTestDatabase();
  databases.push(database);
  const db = database.open();
  await sql`INSERT INTO subscription (name) VALUES ('test')`.execute(db.write);
  let kills = 0;
  const jobs = [];
  for (const bytes of files) {
    const id = await store(db, bytes);
    while (!(await isEnded(db, id))) {
      const isKilled = await work(database, db, id, mayKill(kills));
      if (isKilled) kills++;
    }
    const { rows } = await sql`SELECT status, counts, message FROM import_job WHERE id = ${id}`.execute(db.write);
    jobs.push(rows[0]);
  }
  const { rows: findings } = await sql`
    SELECT a.name, a.risk, a.finding_count, f.fingerprint, f.status, f.first_found, f.last_found, f.qds,
      (SELECT count(*) FROM finding_source s WHERE s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint) AS sources
    FROM finding f JOIN asset a ON a.id = f.asset_id ORDER BY a.name, f.fingerprint`.execute(db.write);
  return { kills, jobs, findings };
}

async function store(db: Database, bytes: Buffer): Promise<string> {
  const id = randomUUID();
  await mkdir(join(dataDir, "uploads"), { recursive: true });
  await writeFile(join(dataDir, "uploads", id), bytes);
  await sql`
    INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, created_by)
    VALUES (1, ${id}, 'REQUESTED', ${bytes.length}, '', 'test')`.execute(db.write);
  return id;
}

async function isEnded(db: Database, id: string): Promise<boolean> {
  const { rows } = await sql<{ status: string }>`SELECT status FROM import_job WHERE id = ${id}`.execute(db.write);
  return rows[0]?.status === "COMPLETED" || rows[0]?.status === "FAILED";
}

/** One life of a worker. @returns whether it was killed, which happens soon after its first commit */
async function work(database: TestDatabase, db: Database, id: string, isToDie: boolean): Promise<boolean> {
  const before = await progressOf(db, id);
  const child = spawn(process.execPath, [CHILD, database.url, dataDir, id], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  let isOver = false;
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("exit", (_code, signal) => {
      isOver = true;
      resolve(signal);
    }),
  );
  while (isToDie && !isOver) {
    if ((await progressOf(db, id)) !== before) child.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return (await ended) === "SIGKILL";
}

async function progressOf(db: Database, id: string): Promise<string> {
  const { rows } = await sql<{ at: string }>`SELECT checkpoint::text AS at FROM import_job WHERE id = ${id}`.execute(
    db.write,
  );
  return rows[0]?.at ?? "";
}
