import { type Dialect, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { CopyClient } from "./copy-in.ts";
import { PreparingClient } from "./prepared.ts";
import { toClientConfig } from "./session.ts";
import { DatabaseSetupError } from "./setup-error.ts";
import { type SetupLog, silentLog } from "./setup-log.ts";

/** SQL is written as SQL (`sql` templates); the handle carries no table types. */
export type SqlHandle = Kysely<unknown>;

export type DatabaseOptions = {
  /** A `postgresql://` URL, or the parts of one. */
  connection: string | pg.ClientConfig;
  log?: SetupLog;
  /** Shown by pg_stat_activity. */
  applicationName?: string;
  readPoolMax?: number;
  writePoolMax?: number;
  importPoolMax?: number;
  jobPoolMax?: number;
  /** A read that takes longer is cancelled by the server; 0 for no limit. */
  readTimeoutMs?: number;
  connectTimeoutMs?: number;
};

/**
 * The unscoped database: for jobs, migrations and authentication. Requests get a ScopedDb instead.
 * Readers are few on purpose: on two cores a fifth reader takes from the writers what it gains.
 */
export type Database = {
  /** For a thread of its own, which cannot share sessions. */
  connection: DatabaseOptions["connection"];
  /** Sessions that can only read, with a statement timeout. */
  read: SqlHandle;
  write: SqlHandle;
  /**
   * As `write`, but of its own: an import that fills its pool does not keep a request from writing. Its transactions
   * take {@link copyInto}.
   */
  imports: SqlHandle;
  /** For the job queue only, which brings its own SQL: driver defaults, no settings of ours. */
  jobPool: pg.Pool;
  /** Opens a session of its own for what needs one: advisory locks, LISTEN, COPY. Ended with `end()`, or by `close`. */
  connect(): Promise<pg.Client>;
  /** Ends all sessions after the running queries; may be called again. */
  close(): Promise<void>;
};

const oldestServer = 150000;

/** Opens the pools; connects lazily. Call `assertServerVersion` before the first use. */
export function openDatabase(options: DatabaseOptions): Database {
  const {
    log = silentLog,
    readPoolMax = 4,
    writePoolMax = 4,
    importPoolMax = 3,
    jobPoolMax = 8,
    readTimeoutMs = 30_000,
  } = options;
  const base = toClientConfig(options);
  const pools = {
    read: createPool(
      {
        ...base,
        Client: PreparingClient,
        max: readPoolMax,
        statement_timeout: readTimeoutMs,
        options: `${base.options} -c default_transaction_read_only=on`,
      },
      log,
    ),
    write: createPool({ ...base, max: writePoolMax }, log),
    imports: createPool({ ...base, Client: CopyClient, max: importPoolMax }, log),
    jobs: createPool({ ...toClientConfig(options), types: pg.types, max: jobPoolMax }, log),
  };
  const handles = {
    read: new Kysely<unknown>({ dialect: toDialect(pools.read) }),
    write: new Kysely<unknown>({ dialect: toDialect(pools.write) }),
    imports: new Kysely<unknown>({ dialect: toDialect(pools.imports) }),
  };
  const sessions = new Set<pg.Client>();
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all([...sessions].map((session) => session.end()));
    await Promise.all(Object.values(handles).map((handle) => handle.destroy()));
    // A handle that never ran a query does not know its pool yet.
    await Promise.all(Object.values(pools).map((pool) => (pool.ended || pool.ending ? undefined : pool.end())));
    await Promise.all(Object.values(pools).map(waitForSessions));
  };
  return {
    ...handles,
    connection: options.connection,
    jobPool: pools.jobs,
    connect: () => openSession(base, log, sessions),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Sessions of a pool that are still connected: its `end` resolves before they are gone. */
const liveSessions = new WeakMap<pg.Pool, Set<pg.PoolClient>>();

function createPool(config: pg.PoolConfig, log: SetupLog): pg.Pool {
  const pool = new pg.Pool(config);
  const live = new Set<pg.PoolClient>();
  liveSessions.set(pool, live);
  // A session that breaks is replaced at the next use. Without a listener on the session itself the process would end:
  // the pool's own covers idle ones only, not one that breaks under a query.
  pool.on("connect", (client) => {
    live.add(client);
    client.once("end", () => live.delete(client));
    client.on("error", (error) => log.warn({ component: "database", err: error }, "A database session was lost"));
  });
  pool.on("error", () => {});
  return pool;
}

/** A server stopped earlier would end these sessions itself, and every one would be logged as lost. */
async function waitForSessions(pool: pg.Pool): Promise<void> {
  const live = liveSessions.get(pool) ?? [];
  await Promise.all([...live].map((client) => new Promise<void>((resolve) => client.once("end", resolve))));
}

function toDialect(pool: pg.Pool): Dialect {
  return new PostgresDialect({ pool });
}

async function openSession(config: pg.ClientConfig, log: SetupLog, sessions: Set<pg.Client>): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on("error", (error) =>
    log.warn({ component: "database", err: error }, "A dedicated database session was lost"),
  );
  client.once("end", () => sessions.delete(client));
  await client.connect();
  sessions.add(client);
  return client;
}

/** Throws DatabaseSetupError when the server is older than PostgreSQL 15. Resolves with its version number, as 180004. */
export async function assertServerVersion(db: Pick<Database, "connect">): Promise<number> {
  const client = await db.connect();
  try {
    const { rows } = await client.query<{ number: number; text: string }>(
      "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text",
    );
    const version = rows[0] ?? { number: 0, text: "unknown" };
    if (version.number < oldestServer)
      throw new DatabaseSetupError(
        "server_too_old",
        `The database server is PostgreSQL ${version.text}: 15 or newer is needed.`,
      );
    return version.number;
  } finally {
    await client.end();
  }
}
