import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, createClient } from "@breakwater/client";
import { type App, createApp, createLogger, type Environment, toConfig } from "@breakwater/server";
import type { Database } from "@breakwater/server/db/index";
import { createTestDatabase } from "./database.ts";

export const MANAGER = { username: "acme_mgr1", password: "Correct-horse-7-battery" } as const;

/** What scripts/build-console.ts built, as `breakwater serve` gives it out. */
const CONSOLE_DIR = fileURLToPath(new URL("../../console/dist/", import.meta.url));

/** A whole installation on loopback: real gateway, real PostgreSQL, a data directory of its own. */
export type TestInstallation = {
  url: string;
  app: App;
  db: Database;
  dataDir: string;
  /** A client that logs in as the Manager, or as somebody else. */
  client(login?: { username: string; password: string }): Client;
  /** Stops the app and starts it again over the same database and data directory. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

export type TestInstallationOptions = {
  /** Epoch ms; default: the machine's clock. */
  clock?: () => number;
  environment?: Partial<Environment>;
  /** Default: the build in packages/console. */
  consoleDir?: string;
};

/** Starts an installation whose Manager is {@link MANAGER}. Close it after the tests of the file. */
export async function startInstallation(options: TestInstallationOptions = {}): Promise<TestInstallation> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-data-"));
  const environment = {
    dataDir,
    port: "0",
    logLevel: "error",
    adminUsername: MANAGER.username,
    adminPassword: MANAGER.password,
    ...options.environment,
  } as Environment;
  const config = toConfig(environment);
  const log = createLogger(config.logLevel);
  const start = async () => {
    const db = database.open();
    const { clock, consoleDir = CONSOLE_DIR } = options;
    const app = await createApp({ config, db, log, consoleDir, ...(clock ? { clock } : {}) });
    return { db, app, url: await app.gateway.listen({ host: config.host, port: 0 }) };
  };
  const stop = async (running: Awaited<ReturnType<typeof start>>) => {
    await running.app.close();
    await running.db.close();
  };
  let running = await start();
  return {
    get url() {
      return running.url;
    },
    get app() {
      return running.app;
    },
    get db() {
      return running.db;
    },
    dataDir,
    client: (login = MANAGER) => createClient({ url: running.url, ...login }),
    async restart() {
      await stop(running);
      running = await start();
    },
    async close() {
      await stop(running);
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
