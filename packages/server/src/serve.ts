import { join } from "node:path";
import { type DestinationStream, type Logger, pino } from "pino";
import { type App, createApp } from "./app.ts";
import { type Config, ConfigError } from "./config/config.ts";
import {
  assertServerVersion,
  type Database,
  type EmbeddedPostgres,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
} from "./db/index.ts";
import { Certificate } from "./gateway/tls/certificate.ts";

export type RunningServer = {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string;
  firstManager: App["firstManager"];
  log: Logger;
  /** Undefined: plain HTTP. */
  certificate: Certificate | undefined;
  /** Resolves with an error when the embedded database ends by itself. */
  failed: Promise<Error>;
  /** Stops in the opposite order of the start; may be called again. */
  stop(): Promise<void>;
};

/** Paths in log objects that may hold a secret; everything the server logs goes through this. */
const REDACTED = [
  "password",
  "token",
  "secret",
  "clientSecret",
  "authorization",
  "*.password",
  "*.token",
  "*.secret",
  "*.clientSecret",
  "*.authorization",
  "headers.clientsecret",
  "req.headers.authorization",
  "req.headers.clientsecret",
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
 * @param options.consoleDir where the build of the web console is; undefined: it is not served
 * @throws DatabaseSetupError, ConfigError, or the system's error when the port cannot be opened
 */
export async function startServer(
  config: Config,
  options: { log?: Logger; signal?: AbortSignal; onStep?: (step: string) => void; consoleDir?: string } = {},
): Promise<RunningServer> {
  const { log = createLogger(config.logLevel), onStep = () => undefined } = options;
  const undo: (() => Promise<unknown>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= runInReverse(undo, log);
    return stopping;
  };
  try {
    const certificate = await openCertificate(config, log);
    if (certificate) undo.push(async () => certificate.close());
    onStep("database");
    const embedded = config.databaseUrl ? undefined : await startDatabase(config, log, options.signal);
    if (embedded) undo.push(() => embedded.stop());
    const db = openDatabase({ connection: config.databaseUrl ?? (embedded as EmbeddedPostgres).connection, log });
    undo.push(() => db.close());
    if (config.databaseUrl) await assertReachable(db);
    await prepareSchema(db, log, onStep);
    onStep("modules");
    const { consoleDir } = options;
    const app = await createApp({
      config,
      db,
      log,
      ...(certificate ? { certificate } : {}),
      ...(consoleDir ? { consoleDir } : {}),
    });
    undo.push(() => app.close());
    options.signal?.throwIfAborted();
    const url = await app.gateway.listen({ host: config.host, port: config.port });
    const failed = new Promise<Error>((resolve) => {
      void embedded?.exited.then(() => stopping ?? resolve(new Error("the embedded database ended by itself")));
    });
    return { url, firstManager: app.firstManager, log, certificate, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Before anything else is started: a wrong file is told at once. */
async function openCertificate(config: Config, log: Logger): Promise<Certificate | undefined> {
  const { tls } = config;
  return tls && Certificate.open({ ...config, tls }, { log, clock: Date.now });
}

function startDatabase(config: Config, log: Logger, signal: AbortSignal | undefined): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(config.dataDir, "postgres"),
    log,
    ...(signal ? { signal } : {}),
    ...(config.postgresBinDir ? { postgresBinDir: config.postgresBinDir } : {}),
  });
}

/** The driver's words name neither the setting nor the password. */
async function assertReachable(db: Database): Promise<void> {
  try {
    await (await db.connect()).end();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`--database-url (DATABASE_URL): the database cannot be reached: ${message || code}`);
  }
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
