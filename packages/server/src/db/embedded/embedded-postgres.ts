import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { DatabaseSetupError } from "../setup-error.ts";
import type { SetupLog } from "../setup-log.ts";
import { openPackagedBinaries, openSystemBinaries, type PostgresBinaries } from "./binaries.ts";
import {
  administratorRole,
  applicationDatabase,
  applicationRole,
  type Durability,
  ensureCluster,
  findClusterOwner,
  nameForServer,
  readPassword,
  removeUnfinishedClusters,
  writeServerSettings,
} from "./cluster.ts";
import { inspectOccupancy } from "./occupancy.ts";
import {
  type Postmaster,
  type PostmasterExit,
  type StopDeadlines,
  spawnPostmaster,
  stopServerProcess,
  waitUntilReady,
} from "./postmaster.ts";
import { chooseRunAs, type RunAs } from "./run-as.ts";
import { chooseSocketDir, port } from "./socket-dir.ts";

/** Where a database is, as `pg` takes it. `host` is the directory of a Unix socket. */
export type DatabaseConnection = { host: string; port: number; user: string; password: string; database: string };

export type EmbeddedPostgresOptions = {
  /** Directory of the cluster itself; made when it does not exist. One server at a time. */
  dataDir: string;
  log: SetupLog;
  /** Aborts the start. A server that runs is stopped with `stop()`. */
  signal?: AbortSignal;
  /** Bin directory of a PostgreSQL 15 or newer, used instead of the one that npm installed. */
  postgresBinDir?: string;
  durability?: Durability;
  stopDeadlines?: StopDeadlines;
  /** Where the system can do it, the server ends with this process, even by kill -9. True when left out. */
  endWithParent?: boolean;
  /** Directory of the npm platform package; found by itself when left out. */
  packageDir?: string;
};

export type EmbeddedPostgres = {
  /** The product's own role and database: no superuser, as on a PostgreSQL that somebody else keeps. */
  connection: DatabaseConnection;
  /** The superuser, on the same database. */
  adminConnection: DatabaseConnection;
  pid: number;
  version: string;
  /** Whether this start made the cluster. */
  isNew: boolean;
  /** Resolves when the server process has ended, asked or not. */
  exited: Promise<PostmasterExit>;
  /** Stops the server; resolves when it is gone. May be called again. */
  stop(): Promise<void>;
};

const defaultDeadlines: StopDeadlines = { fastMs: 20_000, immediateMs: 10_000 };
const sharedMemoryWaitMs = 30_000;

/**
 * Starts the private PostgreSQL on `dataDir`, making the cluster when there is none. It listens on a Unix socket that
 * only this account (and root) can open, and asks for a generated password. Throws DatabaseSetupError with one line.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const { log, durability = "full", stopDeadlines = defaultDeadlines } = options;
  const runAs = chooseRunAs(findClusterOwner(dataDir));
  const binaries = await openBinaries(options, dataDir, runAs);
  const created = await ensureCluster({ dataDir, binaries, runAs, durability });
  const password = readPassword(dataDir);
  await stopOrphan(dataDir, log, stopDeadlines);
  await writeServerSettings(dataDir, runAs, durability);
  options.signal?.throwIfAborted();

  const socket = await chooseSocketDir(dataDir, runAs);
  const start = { ...options, dataDir, binaries, runAs, socketDirName: socket.nameForServer, stopDeadlines };
  const postmaster = await startUntilReady(start).catch(async (error: unknown) => {
    await socket.remove();
    throw error;
  });
  // process.exit() without stop() must not leave a server behind where the kernel does not see to it.
  const onExit = () => postmaster.child.kill("SIGINT");
  process.once("exit", onExit);
  const stop = async () => {
    // Once it has ended, its pid may be another process's.
    const hasEnded = postmaster.child.exitCode !== null || postmaster.child.signalCode !== null;
    const how = hasEnded ? "SIGINT" : await stopServerProcess(postmaster.pid, stopDeadlines);
    await postmaster.exited;
    process.removeListener("exit", onExit);
    await socket.remove();
    if (how !== "SIGINT")
      log.warn({ component: "postgres" }, `PostgreSQL did not stop in time and was ended by ${how}`);
  };
  const at = { host: socket.dir, port, password, database: applicationDatabase };
  const adminConnection = { ...at, user: administratorRole };
  try {
    await socket.settle();
    await removeUnfinishedClusters(dataDir);
    await ensureApplicationDatabase(adminConnection);
  } catch (error) {
    await stop();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return {
    connection: { ...at, user: applicationRole },
    adminConnection,
    pid: postmaster.pid,
    version: binaries.version,
    isNew: created === "created",
    exited: postmaster.exited,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

async function openBinaries(
  options: EmbeddedPostgresOptions,
  dataDir: string,
  runAs: RunAs | undefined,
): Promise<PostgresBinaries> {
  if (options.postgresBinDir) return openSystemBinaries(options.postgresBinDir);
  // Root's copy must be outside of the data directory's parents, which may be closed to the account that runs it.
  const cacheDir = runAs ? "/var/cache/breakwater" : join(dirname(dataDir), "postgres-runtime");
  return openPackagedBinaries({ runAs, cacheDir, ...(options.packageDir && { packageDir: options.packageDir }) });
}

/** Clears the way: an orphan of a killed Breakwater is shut down, a server in use is refused. */
async function stopOrphan(dataDir: string, log: SetupLog, deadlines: StopDeadlines): Promise<void> {
  const occupancy = inspectOccupancy(dataDir);
  if (occupancy.kind === "in_use") throw alreadyInUse(dataDir, occupancy);
  if (occupancy.kind === "stale_file") await rm(join(dataDir, "postmaster.pid"), { force: true });
  if (occupancy.kind !== "orphan") return;
  log.warn(
    { component: "postgres", pid: occupancy.pid },
    "Stopping the PostgreSQL that a killed Breakwater left running",
  );
  await stopServerProcess(occupancy.pid, deadlines);
}

function alreadyInUse(dataDir: string, holder: { pid: number; supervisorPid: number | undefined }): DatabaseSetupError {
  const who =
    holder.supervisorPid === undefined
      ? `the PostgreSQL with pid ${holder.pid}`
      : `the Breakwater with pid ${holder.supervisorPid}`;
  return new DatabaseSetupError(
    "already_in_use",
    `${dataDir} is already in use by ${who}: stop it first, or choose another data directory.`,
  );
}

type StartOptions = EmbeddedPostgresOptions & {
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  socketDirName: string;
  stopDeadlines: StopDeadlines;
};

async function startUntilReady(options: StartOptions): Promise<Postmaster & { pid: number }> {
  const { dataDir, signal, stopDeadlines } = options;
  const deadline = performance.now() + sharedMemoryWaitMs;
  for (;;) {
    const postmaster = spawnPostmaster({ ...options, dataDirName: nameForServer(dataDir, options.runAs) });
    let outcome: "ready" | PostmasterExit;
    try {
      outcome = await waitUntilReady(postmaster, dataDir, signal);
    } catch (error) {
      if (postmaster.pid !== undefined) await stopServerProcess(postmaster.pid, stopDeadlines);
      throw error;
    }
    if (outcome === "ready") return { ...postmaster, pid: postmaster.pid as number };
    const occupancy = inspectOccupancy(dataDir);
    if (occupancy.kind === "in_use") throw alreadyInUse(dataDir, occupancy);
    // After kill -9 of the server itself its children need a moment to notice and let go of the memory.
    const isTransient = outcome.lastLines.some((line) => line.includes("pre-existing shared memory block"));
    if (!isTransient || performance.now() > deadline) throw startFailure(dataDir, outcome);
    await delay(200, undefined, signal ? { signal } : {});
  }
}

function startFailure(dataDir: string, exit: PostmasterExit): DatabaseSetupError {
  const reason =
    exit.lastLines.findLast((line) => /FATAL|PANIC|error/.test(line)) ??
    exit.lastLines.at(-1) ??
    `exit ${exit.code ?? exit.signal}`;
  return new DatabaseSetupError("start_failed", `PostgreSQL did not start on ${dataDir}: ${reason}`);
}

async function ensureApplicationDatabase(connection: DatabaseConnection): Promise<void> {
  const client = new pg.Client({ ...connection, database: "postgres" });
  await client.connect();
  try {
    const password = client.escapeLiteral(connection.password);
    const { rows } = await client.query<{ has_role: boolean; has_database: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS has_role,
              EXISTS (SELECT FROM pg_database WHERE datname = $2) AS has_database`,
      [applicationRole, applicationDatabase],
    );
    if (!rows[0]?.has_role) await client.query(`CREATE ROLE ${applicationRole} LOGIN PASSWORD ${password}`);
    if (!rows[0]?.has_database) await client.query(`CREATE DATABASE ${applicationDatabase} OWNER ${applicationRole}`);
  } finally {
    await client.end();
  }
}
