// Plain JavaScript that Node 18 can read: it runs before the runtime is known to be recent enough.
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import v8 from "node:v8";

export const oldestMajor = 24;

/** Until then a start has come to its end. */
const FLUSH_MS = 5_000;

/** Whether a Node version, as in `process.versions.node`, can run the TypeScript sources. */
export function isRecent(version) {
  return Number.parseInt(version, 10) >= oldestMajor;
}

/** Path of the Node that npm installed for this platform; undefined when there is none. */
export function findPinnedRuntime(from, platform = `${process.platform}-${process.arch}`) {
  try {
    return join(dirname(createRequire(from).resolve(`node-${platform}/package.json`)), "bin", "node");
  } catch {
    return undefined;
  }
}

/** The one line for a machine without a runtime that is recent enough. */
export function refusal(version, platform = `${process.platform}-${process.arch}`) {
  return `Breakwater needs Node ${oldestMajor} or newer and this is ${version}; npm installed none for ${platform}: install Node ${oldestMajor}, or run npm ci without --omit=optional.`;
}

/**
 * Runs `script` with another Node, with the same arguments and terminal, and ends as it ends: same exit code, same
 * signal. Signals sent to this process are passed on; one that a terminal sends to both arrives twice.
 */
export function runWith(runtime, script, args) {
  const child = spawn(runtime, [...process.execArgv, script, ...args], { stdio: "inherit" });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.once("error", (error) => {
    process.stderr.write(`breakwater: ${runtime} does not run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    for (const name of signals) process.removeListener(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

/**
 * Has this process take less memory and start sooner. To be called before anything of ours is loaded, for what is kept of
 * compiled code goes by the engine's settings.
 *
 * @param cacheDir where compiled code is kept, so that no thread needs a compiler of TypeScript of its own; left alone
 *   where it cannot be written. Other processes and threads find it by NODE_COMPILE_CACHE.
 */
export function tuneRuntime(cacheDir) {
  // By itself the heap may grow to four times what is in use before anybody looks for what is not.
  v8.setFlagsFromString("--heap-growing-percent=30");
  // What was said of the main thread at the start must not overrule what a thread's resourceLimits say of its own.
  v8.setFlagsFromString("--max-semi-space-size=0");
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_V8_COVERAGE) return;
  const { status } = module.enableCompileCache(cacheDir);
  if (status !== module.constants.compileCacheStatus.ENABLED) return;
  process.env.NODE_COMPILE_CACHE = cacheDir;
  // Threads find what this process compiled once it is written, which would otherwise be at its end.
  setTimeout(() => module.flushCompileCache(), FLUSH_MS).unref();
}
