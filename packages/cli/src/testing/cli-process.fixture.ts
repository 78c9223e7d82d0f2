import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../bin/breakwater.js", import.meta.url));

/** A directory of its own for a test file: home, profile and data of what it runs. */
export type Sandbox = {
  dir: string;
  /** Variables of the processes; nothing of the machine's own settings. */
  env: Readonly<Record<string, string>>;
  /** Ends what still runs and removes the directory. */
  remove(): Promise<void>;
};

export type Finished = { code: number | null; stdout: string; stderr: string };

export type CliProcess = {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** The first line of stdout that matches; fails when the process ends without one. */
  line(pattern: RegExp): Promise<string>;
  /** @param signal sent to the process group, as a terminal and npm do */
  stopGroup(signal: NodeJS.Signals): Promise<Finished>;
  finished: Promise<Finished>;
};

const running = new Set<ChildProcess>();

export async function createSandbox(): Promise<Sandbox> {
  const dir = realpathSync(await mkdtemp(join(tmpdir(), "breakwater-cli-")));
  return {
    dir,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: dir, XDG_CONFIG_HOME: join(dir, "config"), NO_COLOR: "1" },
    remove: async () => {
      const exits = [...running].map((child) => once(child, "exit"));
      for (const child of running) child.kill("SIGKILL");
      await Promise.all(exits);
      await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Starts `breakwater` as a user does, as the leader of a process group. */
export function startCli(sandbox: Sandbox, args: readonly string[], env: Record<string, string> = {}): CliProcess {
  const child = spawn(process.execPath, [SCRIPT, ...args], {
    cwd: sandbox.dir,
    env: { ...sandbox.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const chunks = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      chunks[name] += chunk;
    });
  }
  const finished = once(child, "close").then(([code]): Finished => {
    running.delete(child);
    return { code: code as number | null, ...chunks };
  });
  const line = async (pattern: RegExp) => {
    for (;;) {
      const match = chunks.stdout
        .split("\n")
        .slice(0, -1)
        .find((text) => pattern.test(text));
      if (match !== undefined) return match;
      const ended = await Promise.race([finished, once(child.stdout, "data").then(() => undefined)]);
      if (ended) throw new Error(`no line ${pattern} in\n${ended.stdout}\n${ended.stderr}`);
    }
  };
  const pid = child.pid ?? 0;
  return {
    pid,
    stdout: () => chunks.stdout,
    stderr: () => chunks.stderr,
    line,
    stopGroup: (signal) => {
      process.kill(-pid, signal);
      return finished;
    },
    finished,
  };
}

/** Runs `breakwater` to its end. */
export function runCli(sandbox: Sandbox, args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return startCli(sandbox, args, env).finished;
}

/** Runs any other program to its end. */
export async function run(sandbox: Sandbox, file: string, args: readonly string[]): Promise<Finished> {
  const child = spawn(file, args, { cwd: sandbox.dir, env: sandbox.env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, stdout, stderr };
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What of a process's stderr is neither a log line below `error` nor empty. */
export function seriousLines(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !/^\{"level":[1-4]\d,/.test(line));
}
