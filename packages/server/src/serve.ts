import { join } from "node:path";
import { type DestinationStream, type Logger, pino } from "pino";
import { type App, createApp } from "./app.ts";
import type { Config } from "./config/config.ts";
import {
  assertServerVersion,
  type Database,
  type EmbeddedPostgres,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
} from "./db/index.ts";

export type RunningServer = {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string;
  firstManager: App["firstManager"];
  log: Logger;
  /** Resolves with an error when the embedded database ends by itself. */
  failed: Promise<Error>;
  /** Stops in the opposite order of the start; may be called again. */
  stop(): Promise<void>;
};

/** Paths in log objects that may hold a secret; everything the server logs goes through this. */
const REDACTED = [
  "password",
  "token",
  "authorization",
  "*.password",
  "*.token",
  "*.authorization",
  "req.headers.authorization",
];

export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: false }),
): Logger {
  return pino({ level, base: null, redact: REDACTED, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/**
 * Starts the whole product: database (embedded unless one is configured), migrations, modules, jobs, port.
 * What was started is stopped again when a later step fails.
 *
 * @param options.onStep told what is being waited for, for progress on a terminal
 * @throws DatabaseSetupError, ConfigError, or the system's error when the port cannot be opened
 */
export async function startServer(
  config: Config,
  options: { log?: Logger; signal?: AbortSignal; onStep?: (step: string) => void } = {},
): Promise<RunningServer> {
  const { log = createLogger(config.logLevel), onStep = () => undefined } = options;
  const undo: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= runInReverse(undo, log);
    return stopping;
  };
  try {
    onStep("database");
    const embedded = config.databaseUrl ? undefined : await startDatabase(config, log, options.signal);
    if (embedded) undo.push(() => embedded.stop());
    const db = openDatabase({ connection: config.databaseUrl ?? (embedded as EmbeddedPostgres).connection, log });
    undo.push(() => db.close());
    await prepareSchema(db, log, onStep);
    onStep("modules");
    const app = await createApp({ config, db, log });
    undo.push(() => app.close());
    options.signal?.throwIfAborted();
    const url = await app.gateway.listen({ host: config.host, port: config.port });
    const failed = new Promise<Error>((resolve) => {
      void embedded?.exited.then(() => stopping ?? resolve(new Error("the embedded database ended by itself")));
    });
    return { url, firstManager: app.firstManager, log, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startDatabase(config: Config, log: Logger, signal: AbortSignal | undefined): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(config.dataDir, "postgres"),
    log,
    ...(signal ? { signal } : {}),
    ...(config.postgresBinDir ? { postgresBinDir: config.postgresBinDir } : {}),
  });
}

async function prepareSchema(db: Database, log: Logger, onStep: (step: string) => void): Promise<void> {
  onStep("schema");
  await assertServerVersion(db);
  await migrate(db, { log });
}

async function runInReverse(undo: (() => Promise<unknown>)[], log: Logger): Promise<void> {
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      log.error({ err: error }, "a part of the server did not stop cleanly");
    }
  }
}
