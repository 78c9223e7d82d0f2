import { randomBytes } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProcess } from "@breakwater/server/db/embedded/process-table";
import {
  type Database,
  type DatabaseConnection,
  type DatabaseOptions,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
} from "@breakwater/server/db/index";
import pg from "pg";

declare module "vitest" {
  interface ProvidedContext {
    breakwaterTestServer: TestServerAddress;
  }
}

/** How test files reach the one PostgreSQL of a test run; plain data, so that it crosses process borders. */
export type TestServerAddress = {
  adminConnection: DatabaseConnection;
  connection: DatabaseConnection;
  /** The migrated database that test databases are cloned from. */
  template: string;
};

export type TestServer = { address: TestServerAddress; stop(): Promise<void> };

export type TestDatabase = {
  name: string;
  connection: DatabaseConnection;
  /** The same as a URL, for a setting or another process. */
  url: string;
  /** Opens pools on it; `drop` closes them. */
  open(options?: Omit<DatabaseOptions, "connection">): Database;
  /** Removes the database, whoever is still connected. */
  drop(): Promise<void>;
};

const dirPrefix = "breakwater-test-";
const template = "breakwater_template";

/** Starts a PostgreSQL without durability in a temporary directory and migrates the template database. */
export async function startTestServer(): Promise<TestServer> {
  removeAbandonedDirs();
  const dir = await mkdtemp(join(tmpdir(), `${dirPrefix}${process.pid}-`));
  const log = { debug() {}, info() {}, warn: report, error: report };
  const server = await startEmbeddedPostgres({ dataDir: join(dir, "postgres"), durability: "none", log });
  // The run may end without a tear-down: nothing is worth a clean stop then.
  const endNow = () => {
    process.kill(server.pid, "SIGQUIT");
    // An exiting process can wait only like this, and files that the server still writes cannot be removed.
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let waits = 0; waits < 100 && findProcess(server.pid); waits += 1) Atomics.wait(clock, 0, 0, 20);
    rmSync(dir, { recursive: true, force: true });
  };
  process.once("exit", endNow);
  const address = { adminConnection: server.adminConnection, connection: server.connection, template };
  const stop = async () => {
    process.removeListener("exit", endNow);
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await createTemplate(address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

function report(_fields: object, message: string): void {
  // Said by every session that `drop` ends.
  if (message.includes("terminating connection due to administrator command")) return;
  process.stderr.write(`test database: ${message}\n`);
}

// A run that was ended by kill -9 takes its server with it, but leaves its directory.
function removeAbandonedDirs(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${dirPrefix}(\\d+)-`).exec(name)?.[1]);
    if (!pid || isAlive(pid)) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function createTemplate(address: TestServerAddress): Promise<void> {
  await administer(address, `CREATE DATABASE ${template} OWNER ${address.connection.user}`);
  const db = openDatabase({ connection: { ...address.connection, database: template } });
  try {
    await migrate(db);
  } finally {
    await db.close();
  }
  await administer(address, `ALTER DATABASE ${template} ALLOW_CONNECTIONS false IS_TEMPLATE true`);
}

async function administer(address: TestServerAddress, statement: string): Promise<void> {
  const client = new pg.Client({ ...address.adminConnection, database: "postgres" });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * A database of its own for a test file: a clone of the migrated template, or an empty one for tests of migrations.
 * Within vitest the server of the run is found by itself.
 */
export async function createTestDatabase(
  options: { schema?: "migrated" | "empty"; address?: TestServerAddress } = {},
): Promise<TestDatabase> {
  const address = options.address ?? (await injectAddress());
  const name = `test_${randomBytes(8).toString("hex")}`;
  const source = options.schema === "empty" ? "template0" : address.template;
  await administer(address, `CREATE DATABASE ${name} TEMPLATE ${source} OWNER ${address.connection.user}`);
  const connection = { ...address.connection, database: name };
  const opened: Database[] = [];
  return {
    name,
    connection,
    url: toUrl(connection),
    open: (openOptions = {}) => {
      const db = openDatabase({ ...openOptions, connection });
      opened.push(db);
      return db;
    },
    drop: async () => {
      await Promise.all(opened.map((db) => db.close()));
      await administer(address, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function injectAddress(): Promise<TestServerAddress> {
  const { inject } = await import("vitest");
  return inject("breakwaterTestServer");
}

function toUrl({ host, port, user, password, database }: DatabaseConnection): string {
  return `postgresql://${user}:${encodeURIComponent(password)}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}
