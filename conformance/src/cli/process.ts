import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

// As `npx breakwater` finds it.
const COMMAND = fileURLToPath(new URL("../../../packages/cli/bin/breakwater.js", import.meta.url));

export type Finished = { code: number | null; stdout: string; stderr: string };
export type Running = { child: ChildProcess; finished: Promise<Finished> };

/** Starts `breakwater` with these arguments and no other settings than these. */
export function startCommand(args: readonly string[], env: Record<string, string>, cwd: string): Running {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [COMMAND, ...args], {
    cwd,
    env: { PATH, HOME: cwd, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return { child, finished: once(child, "close").then(([code]) => ({ code: code as number | null, ...output })) };
}

/** A port of the loopback interface that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
