import { main } from "../main.ts";
import type { Finished, Sandbox } from "./cli-process.fixture.ts";

/**
 * Runs a command within this process, where a test runs many: the same as `runCli` without the start of a runtime. One
 * at a time, for the standard streams and the environment are the process's.
 */
export async function runMain(
  sandbox: Sandbox,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const written = { stdout: "", stderr: "" };
  const former = { env: process.env, exitCode: process.exitCode };
  const writers = { stdout: process.stdout.write, stderr: process.stderr.write };
  const listeners = { stdout: process.stdout.listeners("error"), stderr: process.stderr.listeners("error") };
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      for (const done of rest) if (typeof done === "function") done();
      return true;
    }) as typeof process.stdout.write;
  }
  process.env = { ...sandbox.env, ...env };
  process.exitCode = 0;
  try {
    await main([...args]);
    return { code: Number(process.exitCode), ...written };
  } finally {
    for (const name of ["stdout", "stderr"] as const) {
      process[name].write = writers[name];
      // Of each run one would be left.
      for (const added of process[name].listeners("error")) {
        if (!listeners[name].includes(added)) process[name].off("error", added as () => void);
      }
    }
    process.env = former.env;
    process.exitCode = former.exitCode;
  }
}
