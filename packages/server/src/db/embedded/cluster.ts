import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { DatabaseSetupError } from "../setup-error.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { findProcess } from "./process-table.ts";
import { isSearchable, type RunAs } from "./run-as.ts";

const run = promisify(execFile);

/** The superuser of the private server; the product itself connects as `applicationRole`, as it would anywhere else. */
export const administratorRole = "postgres";
export const applicationRole = "breakwater";
export const applicationDatabase = "breakwater";

/** `none` gives up durability for speed: for databases that live as long as a test run. */
export type Durability = "full" | "none";

/** Owner of an existing cluster; undefined when the directory holds none yet. */
export function findClusterOwner(dataDir: string): RunAs | undefined {
  const stats = statSync(join(dataDir, "PG_VERSION"), { throwIfNoEntry: false });
  return stats && { uid: stats.uid, gid: stats.gid };
}

export function readPassword(dataDir: string): string {
  try {
    return readFileSync(join(dataDir, "breakwater.password"), "utf8");
  } catch (cause) {
    throw new DatabaseSetupError(
      "data_dir_unusable",
      `${dataDir} holds a database cluster that Breakwater did not make, or its breakwater.password is missing or unreadable.`,
      { cause },
    );
  }
}

/**
 * How PostgreSQL is told its data directory. It changes into the directory by name, which fails when a directory above
 * is closed to its account (a clone under a 0700 home, started by root); Linux can name the directory it already is in.
 */
export function nameForServer(dataDir: string, runAs: RunAs | undefined): string {
  if (!runAs || isSearchable(dirname(dataDir), runAs)) return dataDir;
  if (process.platform === "linux") return "/proc/self/cwd";
  throw new DatabaseSetupError(
    "data_dir_unusable",
    `PostgreSQL does not run as root, and user id ${runAs.uid} cannot enter ${dirname(dataDir)}: choose a data directory that every user can reach, or start Breakwater as another user.`,
  );
}

/** Makes the cluster when the directory has none; refuses one of another major version. */
export async function ensureCluster(options: {
  dataDir: string;
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  durability: Durability;
}): Promise<"created" | "existing"> {
  const { dataDir, binaries } = options;
  const versionFile = join(dataDir, "PG_VERSION");
  if (!existsSync(versionFile)) return createCluster(options);
  const major = Number(readFileSync(versionFile, "utf8"));
  if (major !== binaries.major)
    throw new DatabaseSetupError(
      "major_version_differs",
      `${dataDir} was made by PostgreSQL ${major} and this is PostgreSQL ${binaries.major}: run "breakwater backup" with the release that made it, then "breakwater restore" into a new data directory.`,
    );
  return "existing";
}

async function createCluster(options: {
  dataDir: string;
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  durability: Durability;
}): Promise<"created" | "existing"> {
  const { dataDir, runAs } = options;
  let staging: string | undefined;
  try {
    await mkdir(dirname(dataDir), { recursive: true });
    // Made aside and renamed when complete: a start killed within initdb leaves nothing that looks like a cluster.
    staging = await mkdtemp(`${dataDir}${stagingInfix}${process.pid}-`);
    const cluster = join(staging, "cluster");
    const passwordFile = join(cluster, "..", "password");
    const password = randomBytes(24).toString("base64url");
    await mkdir(cluster, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (runAs) for (const path of [staging, cluster, passwordFile]) await chown(path, runAs.uid, runAs.gid);
    await runInitdb({ ...options, cluster });
    await writeFile(join(cluster, "breakwater.password"), password, { mode: 0o600 });
    await rename(cluster, dataDir);
    return "created";
  } catch (error) {
    if (existsSync(join(dataDir, "PG_VERSION"))) return "existing";
    throw explainCreateFailure(dataDir, error);
  } finally {
    if (staging) await rm(staging, { recursive: true, force: true });
  }
}

const stagingInfix = ".initdb-";

/** Removes what starts killed within initdb left beside the cluster; their processes' ids are in the names. */
export async function removeUnfinishedClusters(dataDir: string): Promise<void> {
  const parent = dirname(dataDir);
  const prefix = `${basename(dataDir)}${stagingInfix}`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix) || findProcess(Number.parseInt(name.slice(prefix.length), 10))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function runInitdb(options: {
  cluster: string;
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  durability: Durability;
}): Promise<void> {
  const { cluster, binaries, runAs } = options;
  // The built-in provider needs no locale of the operating system and never changes its order under an index.
  const locale =
    binaries.major >= 17
      ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
      : ["--locale-provider=libc", "--locale=C", "--lc-ctype=C.UTF-8"];
  const name = nameForServer(cluster, runAs);
  const args = [`--pgdata=${name}`, "--pwfile=../password", `--username=${administratorRole}`, "--encoding=UTF8"];
  args.push("--auth-local=scram-sha-256", "--auth-host=reject", "--data-checksums", ...locale);
  if (options.durability === "none") args.push("--no-sync");
  await run(join(binaries.binDir, "initdb"), args, {
    cwd: cluster,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
  });
}

function explainCreateFailure(dataDir: string, error: unknown): Error {
  const { code, stderr } = error as { code?: string | number; stderr?: string };
  if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR")
    return new DatabaseSetupError(
      "data_dir_unusable",
      `${dataDir} is in the way: it exists and holds no database cluster.`,
      { cause: error },
    );
  const reason =
    stderr
      ?.trim()
      .split("\n")
      .find((line) => /error|fatal/i.test(line)) ?? String((error as Error).message);
  return new DatabaseSetupError("start_failed", `A database cannot be created in ${dataDir}: ${reason}`, {
    cause: error,
  });
}

/** Writes the settings of this release into the cluster; an operator's ALTER SYSTEM lives in another file and wins. */
export async function writeServerSettings(
  dataDir: string,
  runAs: RunAs | undefined,
  durability: Durability,
): Promise<void> {
  await replaceFile(
    join(dataDir, "postgresql.conf"),
    durability === "full" ? settings : `${settings}${withoutDurability}`,
    runAs,
  );
  await replaceFile(join(dataDir, "pg_hba.conf"), "local all all scram-sha-256\n", runAs);
}

async function replaceFile(path: string, text: string, runAs: RunAs | undefined): Promise<void> {
  const fresh = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(fresh, text, { mode: 0o600 });
  await chmod(fresh, 0o600);
  if (runAs) await chown(fresh, runAs.uid, runAs.gid);
  await rename(fresh, path);
}

const settings = `# Written by Breakwater at each start. For settings of your own use ALTER SYSTEM, which is kept.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 60
shared_buffers = '256MB'
maintenance_work_mem = '128MB'
fsync = on
synchronous_commit = on
full_page_writes = on
# A full re-import writes more than the default gigabyte between two checkpoints.
max_wal_size = '2GB'
# Dead rows of a re-import must not wait for a fifth of a large table.
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.02
# List queries are short and many: compiling them costs more than it saves.
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
# Errors reach the caller anyway; statements and key values must not reach a log.
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
log_line_prefix = ''
logging_collector = off
`;

const withoutDurability = `fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
shared_buffers = '64MB'
autovacuum = off
max_connections = 200
`;
