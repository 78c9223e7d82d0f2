// Plain JavaScript that Node 18 can read: it runs before the runtime is known to be recent enough.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export const oldestMajor = 24;

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
