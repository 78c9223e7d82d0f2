import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import type { Config, createLogger, RunningServer, startServer } from "@breakwater/server";
import { CommandFailure } from "./failure.ts";
import { note } from "./terminal.ts";

/** The part of the server package that runs a server; loaded by the commands that need it only. */
export type ServerPackage = { startServer: typeof startServer; createLogger: typeof createLogger };

/**
 * A signal that was sent to a process group arrives again from the parents that pass theirs on (npm, the launcher):
 * within this time it is the same wish to stop.
 */
const SAME_WISH_MS = 1000;

/** Where scripts/build-console.ts puts the web console. */
const CONSOLE_DIR = fileURLToPath(new URL("../../console/dist/", import.meta.url));

/** A call that never ends, such as an upload that stalls, must not keep the server from stopping. */
const LONGEST_STOP_MS = 15_000;

/** Told to stop: `signal` is aborted, `requested` resolves. */
export type StopRequest = { signal: AbortSignal; requested: Promise<void> };

/**
 * Listens for SIGINT, SIGTERM and SIGHUP until the process ends. The first asks for a stop in order, a later one ends
 * the process at once.
 *
 * @param onHangUp does something else on SIGHUP than stop
 */
export function listenForStop(onHangUp?: () => void): StopRequest {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = (name: "SIGINT" | "SIGTERM" | "SIGHUP") => {
    const nowMs = performance.now();
    if (name === "SIGHUP" && onHangUp) onHangUp();
    else if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      controller.abort();
    } else if (nowMs - firstAtMs > SAME_WISH_MS) {
      process.exit(128 + constants.signals[name]);
    }
  };
  // Never taken away: a signal that comes late must not turn a clean end into a killed one.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const requested = new Promise<void>((resolve) => controller.signal.addEventListener("abort", () => resolve()));
  return { signal: controller.signal, requested };
}

/**
 * Runs a server until a signal comes, then stops it in order.
 *
 * @param options.onReady called once it listens; ended by `signal` when the stop comes first
 * @throws what the start or `onReady` threw, and CommandFailure when the database ends by itself
 */
export async function serveUntilStopped(
  server: ServerPackage,
  config: Config,
  options: {
    onStep?: (step: string) => void;
    onReady: (running: RunningServer, signal: AbortSignal) => Promise<void>;
  },
): Promise<void> {
  const { onStep, onReady } = options;
  let running: RunningServer | undefined;
  const { signal, requested } = listenForStop(
    canReload(config) ? () => void running?.certificate?.reload() : undefined,
  );
  running = await startOrStop(server, config, signal, onStep);
  if (!running) return;
  try {
    const ready = onReady(running, signal).catch((error: unknown) => {
      // What fails because of the stop is no failure.
      if (!signal.aborted) throw error;
    });
    await Promise.race([ready, requested]);
    const failure = await Promise.race([running.failed, requested]);
    if (failure && !signal.aborted) throw new CommandFailure(`${failure.message}; see the log above`);
    if (process.stderr.isTTY) note("Stopping …");
  } finally {
    await stopInTime(running);
  }
}

/** Without a terminal SIGHUP is how service managers ask for new files to be read; with one it says that it was closed. */
function canReload(config: Config): boolean {
  return config.tls !== undefined && !process.stdin.isTTY && !process.stderr.isTTY;
}

async function stopInTime(running: RunningServer): Promise<void> {
  const timer = setTimeout(() => {
    note(`Calls are still running after ${LONGEST_STOP_MS / 1000} s: ending without them`);
    process.exit(1);
  }, LONGEST_STOP_MS);
  await running.stop();
  clearTimeout(timer);
}

async function startOrStop(
  server: ServerPackage,
  config: Config,
  signal: AbortSignal,
  onStep: ((step: string) => void) | undefined,
): Promise<RunningServer | undefined> {
  try {
    const log = server.createLogger(config.logLevel);
    return await server.startServer(config, { log, signal, consoleDir: CONSOLE_DIR, ...(onStep ? { onStep } : {}) });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
