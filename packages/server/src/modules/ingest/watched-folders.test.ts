import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PERMISSIONS } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Caller, Scope } from "../../caller.ts";
import { toConfig } from "../../config/config.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { addSubscription } from "../findings/scan-world.fixture.ts";
import { createFolderTask } from "./folder-task.ts";
import { createIngestModule } from "./index.ts";
import { createUploadFiles } from "./upload-files.ts";
import { FileFault, listFiles, openFile, readBytes } from "./watched-folder.ts";

const START = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const LONG_ENOUGH = 10_000;

let database: TestDatabase;
let db: Database;
let importDir: string;
let dataDir: string;
let subscriptionId: number;
let folder: string;
let connectionId: number;
let nowMs: number;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  importDir = await mkdtemp(join(tmpdir(), "import-dir-"));
  dataDir = await mkdtemp(join(tmpdir(), "import-data-"));
});
afterAll(async () => {
  await database.drop();
  await rm(importDir, { recursive: true });
  await rm(dataDir, { recursive: true });
});

/** Each test has a subscription, a connection that watches its folder `scans`, and a clock of its own. */
beforeEach(async () => {
  nowMs = START;
  subscriptionId = await addSubscription(db);
  folder = join(importDir, String(subscriptionId), "scans");
  await mkdir(folder, { recursive: true });
  connectionId = (await call<{ id: number }>("connection.create", { body: { name: "Plant north" } })).id;
  // By the test's clock, as its imports are.
  await sql`UPDATE connection SET created_at = ${new Date(START)} WHERE id = ${connectionId}`.execute(db.write);
  await call("connection-folder.set", { body: { folder: "scans" } });
});

const toCaller = (scope: Scope): Caller => ({
  subscriptionId,
  isOperator: false,
  account: { kind: "user", id: 1 },
  username: "someone",
  role: "Manager",
  permissions: new Set(PERMISSIONS),
  scope,
});

function openModule(on: Database = db, options: { importDir?: string } = { importDir }) {
  const config = { ...toConfig({} as never, { dataDir }), ...options };
  const jobs = { enqueue: async () => undefined, stop: async () => undefined };
  return createIngestModule({ db: on, config, clock: () => nowMs, log: pino({ level: "silent" }), jobs });
}

type Input = { body?: object; scope?: Scope; params?: object };

async function call<T>(operation: string, { body, scope = { kind: "all" }, params }: Input = {}): Promise<T> {
  const binding = openModule().bindings.find((one) => one.operation.id === `ingest.${operation}`)!;
  const caller = toCaller(scope);
  const request = {
    caller,
    db: scopeTo(db, caller),
    address: "192.0.2.1",
    params: { connectionId, ...params },
    query: {},
    body,
  };
  return ((await binding.handle(request as never)) as { value: T }).value;
}

const task = (on: Database = db) => openModule(on).tasks!.find(({ name }) => name === "connection-folder")!;

type Folder = {
  importedCount: number;
  waitingCount: number;
  lastFault: string | null;
  nextPoll: string;
  failedImports: { fileName: string; message: string }[];
};

/** What the sweep of unfinished jobs does, now; and what the folder then shows. */
async function sweep() {
  const due = (await task().listUnfinished()).filter((key) => key.subscriptionId === subscriptionId);
  for (const key of due) await task().run(key, { signal: new AbortController().signal });
  return call<Folder>("connection-folder.get");
}

/** By the rhythm, and again after files had time to settle. */
async function look() {
  nowMs += 5 * MINUTE;
  await sweep();
  nowMs += LONG_ENOUGH;
  return sweep();
}

type Job = { file_name: string; file_bytes: number; connection_name: string; created_by: string; status: string };

async function jobs(): Promise<Job[]> {
  const { rows } = await sql<Job>`SELECT file_name, file_bytes, connection_name, created_by, status FROM import_job
    WHERE subscription_id = ${subscriptionId} ORDER BY created_at, file_name`.execute(db.write);
  return rows;
}

const write = (name: string, text: string) => writeFile(join(folder, name), text);

describe("a watched folder", () => {
  test("what comes into it is imported once, under the connection", async () => {
    await write("a.csv", "host,title\n");
    expect(await sweep()).toMatchObject({ importedCount: 0, lastFault: null });
    expect(await look()).toMatchObject({ importedCount: 1, waitingCount: 0, lastFault: null });
    expect(await jobs()).toMatchObject([
      { file_name: "a.csv", file_bytes: 11, connection_name: "Plant north", created_by: "connection:Plant north" },
    ]);
    await look();
    expect(await jobs()).toHaveLength(1);
    await write("a.csv", "host,title\nx,y\n");
    await look();
    await write("b.csv", "other\n");
    await look();
    expect((await jobs()).map(({ file_name }) => file_name)).toEqual(["a.csv", "a.csv", "b.csv"]);
  });

  test("the same content is not imported again, by whatever name, and also when it comes back", async () => {
    await write("a.csv", "content\n");
    await look();
    await rename(join(folder, "a.csv"), join(folder, "b.csv"));
    await look();
    await rm(join(folder, "b.csv"));
    await look();
    await write("a.csv", "content\n");
    await utimes(join(folder, "a.csv"), new Date(), new Date(START));
    await look();
    expect(await jobs()).toHaveLength(1);
  });

  test("content that made the connection, or that it imported under another name, is known", async () => {
    const sha256 = createHash("sha256").update("content\n").digest("hex");
    await sql`INSERT INTO import_job (subscription_id, status, file_bytes, file_sha256, connection_name, connection_id,
        created_by, created_at)
      VALUES (${subscriptionId}, 'COMPLETED', 8, ${sha256}, 'Former name', ${connectionId}, 'someone',
        ${new Date(START - 1)})`.execute(db.write);
    await write("a.csv", "content\n");
    expect(await look()).toMatchObject({ importedCount: 0, waitingCount: 0 });
  });

  test("what failed is tried again when it is put there again", async () => {
    await write("a.csv", "content\n");
    await look();
    await sql`UPDATE import_job SET status = 'FAILED' WHERE subscription_id = ${subscriptionId}`.execute(db.write);
    await look();
    expect(await jobs()).toHaveLength(1);
    await utimes(join(folder, "a.csv"), new Date(), new Date(START + MINUTE));
    await look();
    expect(await jobs()).toHaveLength(2);
  });

  test("it shows for a week what failed or was a feed in part, until a later file of the name goes well", async () => {
    for (const name of ["kev.json", "scan.csv", "epss.csv", "fine.csv"]) await write(name, `${name}\n`);
    await look();
    const end = async (
      name: string,
      outcome: { format?: string; issue?: string; warnings?: number; message?: string },
    ) => {
      const { format = null, issue, warnings = 0, message = null } = outcome;
      await sql`UPDATE import_job SET status = ${message ? "FAILED" : "COMPLETED"}, message = ${message}, format = ${format},
          counts = ${JSON.stringify({ warnings })}::jsonb
        WHERE subscription_id = ${subscriptionId} AND file_name = ${name} AND status = 'REQUESTED'`.execute(db.write);
      if (issue === undefined) return;
      await sql`INSERT INTO import_issue (subscription_id, job_id, ordinal, level, code, location, message)
        SELECT subscription_id, id, 0, 'warning', ${issue}, 'whole file', 'told' FROM import_job
        WHERE subscription_id = ${subscriptionId} AND file_name = ${name}`.execute(db.write);
    };
    await end("kev.json", { format: "kev", issue: "feed-incomplete", warnings: 1 });
    await end("scan.csv", { message: "it is no table" });
    await end("epss.csv", { format: "epss", issue: "epss-value", warnings: 2 });
    await end("fine.csv", { format: "csv", issue: "csv-cell", warnings: 2 });
    const failures = async (scope: Scope = { kind: "all" }) => {
      const { failedImports } = await call<Folder>("connection-folder.get", { scope });
      return failedImports.map(({ fileName, message }) => [fileName, message]).sort();
    };
    const unlisted = "more was refused or doubted than is listed: a part of the feed may be missing";
    const others = [
      ["epss.csv", unlisted],
      ["scan.csv", "it is no table"],
    ];
    expect(await failures()).toEqual([others[0], ["kev.json", "told"], others[1]]);
    expect(await failures({ kind: "tags", tagIds: [] })).toEqual([]);

    await write("kev.json", "whole\n");
    await look();
    expect(await failures()).toHaveLength(3);
    await end("kev.json", { format: "kev" });
    expect(await failures()).toEqual(others);
    nowMs += 8 * 24 * 60 * MINUTE;
    expect(await failures()).toEqual([]);
  });

  test("a file that still grows waits, however often the folder is looked at", async () => {
    nowMs += 5 * MINUTE;
    for (let length = 1; length < 6; length++) {
      await write("growing.csv", "x".repeat(length));
      expect(await sweep()).toMatchObject({ importedCount: 0, waitingCount: 1 });
      nowMs += LONG_ENOUGH;
    }
    expect(await sweep()).toMatchObject({ importedCount: 1, waitingCount: 0 });
    expect(await jobs()).toMatchObject([{ file_bytes: 5 }]);
  });

  test("what waits does not wait for a slow rhythm", async () => {
    const rhythm = { every: "DAY", at: "13:00", timeZone: "UTC" };
    await call("connection-folder.set", { body: { rhythm } });
    await write("a.csv", "content\n");
    nowMs = START + 60 * MINUTE;
    const { nextPoll } = await sweep();
    expect(Date.parse(nextPoll)).toBe(nowMs + LONG_ENOUGH);
    nowMs += LONG_ENOUGH;
    expect(Date.parse((await sweep()).nextPoll)).toBe(START + 25 * 60 * MINUTE);
    expect(await jobs()).toHaveLength(1);
  });

  test("names of what is being written, hidden files and directories are left alone", async () => {
    for (const name of [".hidden.csv", "a.csv.part", "b.tmp", "c.crdownload"]) await write(name, "content\n");
    await mkdir(join(folder, "below"));
    await writeFile(join(folder, "below", "d.csv"), "content\n");
    expect(await look()).toMatchObject({ importedCount: 0, waitingCount: 0 });
  });

  test("an empty file is told, and not looked at again", async () => {
    await write("a.csv", "");
    expect(await look()).toMatchObject({ importedCount: 0, lastFault: expect.stringMatching(/a\.csv: .*empty/) });
    expect(await look()).toMatchObject({ lastFault: null });
    expect(await jobs()).toEqual([]);
  });

  test("no more imports wait at once than may, the oldest files first", async () => {
    for (let n = 0; n < 20; n++) {
      const name = `file ${String(n).padStart(2, "0")}.csv`;
      await write(name, `content ${n}\n`);
      await utimes(join(folder, name), new Date(), new Date(START + n * MINUTE));
    }
    expect(await look()).toMatchObject({ importedCount: 16, waitingCount: 4 });
    nowMs += LONG_ENOUGH;
    expect(await sweep()).toMatchObject({ importedCount: 0, waitingCount: 4 });
    await sql`UPDATE import_job SET status = 'COMPLETED' WHERE subscription_id = ${subscriptionId}`.execute(db.write);
    nowMs += LONG_ENOUGH;
    expect(await sweep()).toMatchObject({ importedCount: 4, waitingCount: 0 });
    expect((await jobs()).map(({ file_name }) => file_name).slice(16)).toEqual(
      [16, 17, 18, 19].map((n) => `file ${n}.csv`),
    );
  });

  test("nodes that look at once import once", async () => {
    await write("a.csv", "content\n");
    nowMs += 5 * MINUTE;
    await sweep();
    nowMs += LONG_ENOUGH;
    const other = database.open();
    const key = { subscriptionId, id: String(connectionId) };
    const signal = new AbortController().signal;
    await Promise.all([db, other, db, other].map((node) => task(node).run(key, { signal })));
    expect(await jobs()).toHaveLength(1);
  });

  test("a look that is undone in the middle is made again, and nothing is imported twice or left behind", async () => {
    await write("a.csv", "content a\n");
    await write("b.csv", "content b\n");
    await utimes(join(folder, "b.csv"), new Date(), new Date(Date.now() + MINUTE));
    nowMs += 5 * MINUTE;
    await sweep();
    nowMs += LONG_ENOUGH;
    await sql`CREATE FUNCTION refuse_b() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN IF NEW.detail->>'fileName' = 'b.csv' THEN RAISE EXCEPTION 'full'; END IF; RETURN NEW; END$$`.execute(
      db.write,
    );
    await sql`CREATE TRIGGER refuse_b BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_b()`.execute(
      db.write,
    );
    await expect(sweep()).rejects.toThrow("full");
    await sql`DROP TRIGGER refuse_b ON audit_event`.execute(db.write);
    expect((await jobs()).map(({ file_name }) => file_name)).toEqual(["a.csv"]);
    await sweep();
    expect((await jobs()).map(({ file_name }) => file_name)).toEqual(["a.csv", "b.csv"]);
  });
});

/** A look at the folder, in the midst of which something happens: while its first file is copied. */
async function lookWhile(happening: () => Promise<unknown>) {
  nowMs += 5 * MINUTE;
  await sweep();
  nowMs += LONG_ENOUGH;
  const files = createUploadFiles(dataDir, 1 << 20);
  let isFirst = true;
  const store: typeof files.store = async (id, bytes) => {
    if (isFirst) {
      isFirst = false;
      await happening();
    }
    return files.store(id, bytes);
  };
  const enqueue = async () => undefined;
  const parts = { db, clock: () => nowMs, jobs: () => ({ enqueue }), files: { ...files, store }, importDir };
  const key = { subscriptionId, id: String(connectionId) };
  await createFolderTask(parts).run(key, { signal: new AbortController().signal });
}

describe("a look that takes its time", () => {
  beforeEach(async () => {
    await write("a.csv", "content a\n");
    await write("b.csv", "content b\n");
    await utimes(join(folder, "b.csv"), new Date(), new Date(Date.now() + MINUTE));
  });
  const read = () => call<Folder>("connection-folder.get");

  test("goes on behind a file that cannot be read, tells of it, and tries it again", async () => {
    await lookWhile(() => Promise.reject(new FileFault("cannot be read (EIO)")));
    expect(await read()).toMatchObject({ importedCount: 1, waitingCount: 0, lastFault: "a.csv: cannot be read (EIO)" });
    expect(await jobs()).toMatchObject([{ file_name: "b.csv" }]);
    nowMs += 5 * MINUTE;
    expect(await sweep()).toMatchObject({ importedCount: 1, lastFault: null });
  });

  test("leaves a rhythm that was set meanwhile, and a look that was asked for", async () => {
    const rhythm = { every: "MINUTES", minutes: 60 };
    await lookWhile(() => call("connection-folder.set", { body: { rhythm } }));
    expect(Date.parse((await read()).nextPoll)).toBe(nowMs + 60 * MINUTE - (nowMs % (60 * MINUTE)));
    nowMs += 60 * MINUTE;
    await write("c.csv", "content c\n");
    await lookWhile(() => {
      nowMs += 1;
      return call("connection-folder.poll");
    });
    expect(Date.parse((await read()).nextPoll)).toBe(nowMs);
  });

  test.each([
    ["removed", () => call("connection-folder.delete")],
    ["changed", () => call("connection-folder.set", { body: { folder: "other" } })],
  ])("imports nothing from a folder that was %s meanwhile", async (_, happening) => {
    await lookWhile(happening);
    expect(await jobs()).toEqual([]);
  });

  test("what is no file any more, or cannot be read, is told", async () => {
    const server = createServer().listen(join(folder, "socket"));
    await once(server, "listening");
    const file = { name: "socket", stamp: "0/0", modifiedMs: 0 };
    await expect(openFile(folder, file)).rejects.toThrow("cannot be read (ENXIO)");
    server.close();
    const handle = await open(folder);
    const reading = readBytes(handle).next();
    await expect(reading).rejects.toThrow(new FileFault("cannot be read (EISDIR)"));
    await handle.close();
  });
});

describe("nothing outside of the subscription's directory is read", () => {
  test.each(["../other", "/etc", "a/../../b", "", ".", "a//b", "a\\b", "a\nb", "scans/.."])(
    "%j is refused",
    async (path) => {
      const set = call("connection-folder.set", { body: { folder: path } });
      await expect(set).rejects.toMatchObject({ code: "invalid-parameter" });
    },
  );

  test("links are not followed: to a file, to a directory, on the way", async () => {
    const outside = await mkdtemp(join(tmpdir(), "outside-"));
    await writeFile(join(outside, "secret.csv"), "secret\n");
    await symlink(join(outside, "secret.csv"), join(folder, "link.csv"));
    expect(await look()).toMatchObject({ importedCount: 0, waitingCount: 0, lastFault: null });
    await symlink(outside, join(importDir, String(subscriptionId), "linked"));
    await mkdir(join(outside, "below"));
    await writeFile(join(outside, "below", "secret.csv"), "secret\n");
    for (const path of ["linked", "linked/below"]) {
      await call("connection-folder.set", { body: { folder: path } });
      expect(await look()).toMatchObject({ lastFault: expect.stringContaining("there is no directory") });
    }
    expect(await jobs()).toEqual([]);
    await rm(outside, { recursive: true });
  });

  test("a directory that becomes a link between look and import is not followed either", async () => {
    const outside = await mkdtemp(join(tmpdir(), "outside-"));
    await write("a.csv", "inner one\n");
    await writeFile(join(outside, "a.csv"), "outer one\n");
    const [file] = await listFiles(folder);
    const times = new Date(START);
    await Promise.all([folder, outside].map((one) => utimes(join(one, "a.csv"), times, times)));
    const [same] = await listFiles(folder);
    expect(file).toBeDefined();
    await rename(folder, `${folder} moved`);
    await symlink(outside, folder);
    expect(await openFile(folder, same!)).toBeUndefined();
    await rm(outside, { recursive: true });
  });

  test("a file that changed since the look is not opened", async () => {
    await write("a.csv", "content\n");
    const [file] = await listFiles(folder);
    await truncate(join(folder, "a.csv"), 3);
    expect(await openFile(folder, file!)).toBeUndefined();
  });

  test("a folder of another subscription is not reached by its name", async () => {
    const own = subscriptionId;
    const other = await addSubscription(db);
    await mkdir(join(importDir, String(other), "theirs"), { recursive: true });
    await call("connection-folder.set", { body: { folder: "theirs" } });
    expect(await look()).toMatchObject({ lastFault: `there is no directory ${own}/theirs` });
  });
});

describe("settings", () => {
  test("are changed in part, need full scope, and end with the connection", async () => {
    const rhythm = { every: "WEEK", weekdays: ["MONDAY"], at: "06:30", timeZone: "Europe/Berlin" };
    expect(await call("connection-folder.set", { body: { rhythm } })).toMatchObject({
      connectionId,
      folder: "scans",
      rhythm,
      nextPoll: "2026-01-12T05:30:00.000Z",
      lastPoll: null,
    });
    const scope: Scope = { kind: "tags", tagIds: [] };
    for (const verb of ["set", "poll", "delete"]) {
      const denied = call(`connection-folder.${verb}`, { body: { folder: "x" }, scope });
      await expect(denied).rejects.toMatchObject({ code: "permission-required" });
    }
    expect(Date.parse((await call<{ nextPoll: string }>("connection-folder.poll")).nextPoll)).toBe(START);
    const params = { connectionId: connectionId + 1000 };
    for (const verb of ["get", "set", "poll", "delete"]) {
      await expect(call(`connection-folder.${verb}`, { body: { folder: "x" }, params })).rejects.toMatchObject({
        code: "not-found",
      });
    }
    await sql`UPDATE connection SET deleted_at = now() WHERE id = ${connectionId}`.execute(db.write);
    nowMs += MINUTE;
    expect((await task().listUnfinished()).filter((key) => key.subscriptionId === subscriptionId)).toEqual([]);
    await expect(call("connection-folder.get")).rejects.toMatchObject({ code: "not-found" });
  });

  test("a server without a directory to import from refuses, and looks at none", async () => {
    const { bindings, tasks } = openModule(db, {});
    const binding = bindings.find(({ operation }) => operation.id === "ingest.connection-folder.set")!;
    const caller = toCaller({ kind: "all" });
    const request = {
      caller,
      db: scopeTo(db, caller),
      address: "",
      params: { connectionId },
      body: { folder: "scans" },
    };
    await expect(binding.handle(request as never)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("BREAKWATER_IMPORT_DIR"),
    });
    expect(tasks!.map(({ name }) => name)).not.toContain("connection-folder");
  });
});
