import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findPlatformPackage } from "./binaries.ts";
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from "./embedded-postgres.ts";
import { findProcess } from "./process-table.ts";

const isRoot = process.getuid?.() === 0;
const systemBinDir = existsSync("/usr/lib/postgresql")
  ? readdirSync("/usr/lib/postgresql")
      .map((version) => join("/usr/lib/postgresql", version, "bin"))
      .at(-1)
  : undefined;

let root: string;
let dataDir: string;
let lines: string[];
let started: EmbeddedPostgres[];

beforeEach(async () => {
  root = realpathSync(await mkdtemp(join(tmpdir(), "embedded-")));
  chmodSync(root, 0o755);
  dataDir = join(root, "postgres");
  lines = [];
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  await rm(root, { recursive: true, force: true });
});

const note = (_fields: object, message: string) => void lines.push(message);
const log = { debug: note, info: note, warn: note, error: note };

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log, durability: "none", ...options });
  started.push(server);
  return server;
}

async function query(server: EmbeddedPostgres, text: string, role: "connection" | "adminConnection" = "connection") {
  const client = new pg.Client(server[role]);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("a first start", () => {
  test("makes a durable cluster that listens on a private socket only and asks for a password", async () => {
    const server = await start({ durability: "full" });
    const names = ["fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "jit", "data_checksums"];
    const settings = await query(
      server,
      `SELECT name, setting FROM pg_settings WHERE name IN ('${names.join("','")}') ORDER BY name`,
      "adminConnection",
    );
    expect(server.isNew).toBe(true);
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      data_checksums: "on",
      fsync: "on",
      full_page_writes: "on",
      jit: "off",
      listen_addresses: "",
      synchronous_commit: "on",
    });
    const wrong = new pg.Client({ ...server.connection, password: "wrong" });
    await expect(wrong.connect()).rejects.toThrow(/password authentication failed/);
  });

  test("gives the product a role without privileges and a database in the built-in C.UTF-8", async () => {
    const server = await start();
    const [row] = await query(
      server,
      `
      SELECT rolsuper, rolcreatedb, pg_encoding_to_char(encoding) AS encoding, datlocprovider, datlocale
      FROM pg_database, pg_roles WHERE datname = current_database() AND rolname = current_user`,
    );
    expect(row).toEqual({
      rolsuper: false,
      rolcreatedb: false,
      encoding: "UTF8",
      datlocprovider: "b",
      datlocale: "C.UTF-8",
    });
  });

  test("leaves nothing beside the cluster, and nothing at all when it fails", async () => {
    writeFileSync(join(root, "in-the-way"), "");
    await expect(start({ dataDir: join(root, "in-the-way") })).rejects.toMatchObject({ code: "data_dir_unusable" });
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "notes.txt"), "mine");
    await expect(start()).rejects.toMatchObject({
      code: "data_dir_unusable",
      message: expect.stringContaining("in the way"),
    });
    expect(readdirSync(root).sort()).toEqual(["in-the-way", "postgres"]);
    expect(readdirSync(dataDir)).toEqual(["notes.txt"]);
  });

  test("stops at once when its signal aborts, and the next one works", async () => {
    await (await start()).stop();
    const controller = new AbortController();
    const starting = start({ signal: controller.signal });
    controller.abort(new Error("not any more"));
    await expect(starting).rejects.toThrow("not any more");
    expect(existsSync(join(dataDir, "postmaster.pid"))).toBe(false);
    expect(await query(await start(), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });
});

describe("a restart", () => {
  test("after a clean stop keeps the rows and needs no recovery", async () => {
    const first = await start();
    await query(first, "CREATE TABLE kept AS SELECT 7 AS value");
    await Promise.all([first.stop(), first.stop()]);
    expect(findProcess(first.pid)).toBeUndefined();
    lines.length = 0;
    const second = await start();
    expect(second.isNew).toBe(false);
    expect(await query(second, "SELECT value FROM kept")).toEqual([{ value: 7 }]);
    expect(lines.join("\n")).toContain("database system was shut down at");
    expect(lines.join("\n")).not.toContain("not properly shut down");
  });

  test("recovers what was committed when the stop had to be enforced", async () => {
    const first = await start({ durability: "full", stopDeadlines: { fastMs: -1, immediateMs: 30_000 } });
    await query(first, "CREATE TABLE kept AS SELECT 7 AS value");
    const busy = new pg.Client(first.connection);
    busy.on("error", () => {});
    await busy.connect();
    await first.stop();
    expect(lines.join("\n")).toMatch(/did not stop in time and was ended by SIGQUIT/);
    expect(await query(await start({ durability: "full" }), "SELECT value FROM kept")).toEqual([{ value: 7 }]);
    expect(lines.join("\n")).toContain("not properly shut down");
  });

  test("works although the server itself was killed and its children still hold its memory", async () => {
    const first = await start();
    process.kill(first.pid, "SIGKILL");
    expect((await first.exited).signal).toBe("SIGKILL");
    expect(await query(await start(), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("is not held up by a stale postmaster.pid whose number another process has now", async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, "postmaster.pid"), `${process.pid}\n${dataDir}\n0\n5432\n${dataDir}\n\n0 0\nready\n`);
    expect(await query(await start(), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("refuses a cluster of another major version and names the way out", async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, "PG_VERSION"), "14\n");
    await expect(start()).rejects.toMatchObject({
      code: "major_version_differs",
      message: expect.stringMatching(/made by PostgreSQL 14 .* "breakwater backup" .* "breakwater restore"/),
    });
  });
});

describe("two servers on one data directory", () => {
  test("the second is refused with the pid of the first Breakwater", async () => {
    await start();
    await expect(start()).rejects.toMatchObject({
      code: "already_in_use",
      message: `${dataDir} is already in use by the Breakwater with pid ${process.pid}: stop it first, or choose another data directory.`,
    });
  });

  test("of two first starts at once one wins and the other is refused", async () => {
    const outcomes = await Promise.allSettled([start(), start()]);
    const won = outcomes.filter(({ status }) => status === "fulfilled");
    const [lost] = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(won).toHaveLength(1);
    expect(lost?.reason).toMatchObject({ code: "already_in_use" });
    expect(readdirSync(root)).toEqual(["postgres"]);
  });
});

describe("the place of the data", () => {
  test("may have a path too long for a socket", async () => {
    const deep = join(root, "a-directory-with-a-long-name-".repeat(4), "postgres");
    const server = await start({ dataDir: deep });
    expect(server.connection.host.length).toBeLessThan(90);
    expect(await query(server, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.stop();
    expect(existsSync(server.connection.host)).toBe(false);
  });

  test("loses what killed starts left: unfinished clusters and the socket directory of a long path", async () => {
    const deep = join(root, "a-directory-with-a-long-name-".repeat(4), "postgres");
    const first = await start({ dataDir: deep });
    await first.stop();
    const abandoned = await mkdtemp(join(tmpdir(), "breakwater-pg-"));
    writeFileSync(join(deep, "breakwater.socket-dir"), abandoned);
    // No process has a number as high as this.
    mkdirSync(`${deep}.initdb-99999999-AbCdEf/cluster`, { recursive: true });
    const second = await start({ dataDir: deep });
    expect(existsSync(abandoned)).toBe(false);
    expect(readdirSync(join(deep, ".."))).toEqual(["postgres"]);
    expect(await query(second, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test.skipIf(!isRoot)("may be below a directory that only root can enter", async () => {
    chmodSync(root, 0o700);
    const server = await start();
    expect(findProcess(server.pid)?.workingDirectory).toBe(dataDir);
    expect(await query(server, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.stop();
    expect(await query(await start(), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test.skipIf(!isRoot)("is owned by an unprivileged account when root starts it", async () => {
    const server = await start();
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t(?!0\t)(\d+)\t\1\t\1\t\1$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
  });
});

describe("the binaries", () => {
  test("run from a package whose library links were never made", async () => {
    const packageDir = join(root, "package");
    await cp(findPlatformPackage(), packageDir, { recursive: true, verbatimSymlinks: true });
    for (const { target } of JSON.parse(readFileSync(join(packageDir, "native", "pg-symlinks.json"), "utf8")))
      await rm(join(packageDir, target), { force: true });
    expect(await query(await start({ packageDir }), "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test.skipIf(!systemBinDir)("can be those of a PostgreSQL that the machine has", async () => {
    const server = await start({ postgresBinDir: systemBinDir ?? "" });
    const [row] = await query(server, "SELECT current_setting('server_version') AS version");
    expect(row.version).toContain(server.version);
  });

  test("are told missing when the named directory has none", async () => {
    await expect(start({ postgresBinDir: root })).rejects.toMatchObject({ code: "binaries_missing" });
  });
});
