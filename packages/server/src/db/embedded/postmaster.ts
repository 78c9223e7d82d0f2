import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { SetupLog } from "../setup-log.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { readPostmasterFile, supervisorClusterName } from "./occupancy.ts";
import { findProcess } from "./process-table.ts";
import type { RunAs } from "./run-as.ts";

/** How a server process ended. `lastLines` are the last lines of its log. */
export type PostmasterExit = { code: number | null; signal: NodeJS.Signals | null; lastLines: string[] };

/** `pid` is undefined when the process could not be spawned; `exited` tells why. */
export type Postmaster = { pid: number | undefined; exited: Promise<PostmasterExit>; child: ChildProcess };

const keptLines = 20;
const pollMs = 10;

/** Spawns `postgres` on a prepared cluster; resolves when the process runs, not when it accepts connections. */
export function spawnPostmaster(options: {
  dataDir: string;
  dataDirName: string;
  socketDirName: string;
  binaries: PostgresBinaries;
  runAs: RunAs | undefined;
  log: SetupLog;
  endWithParent?: boolean;
}): Postmaster {
  const { dataDir, runAs, log } = options;
  const settings = [
    `unix_socket_directories=${options.socketDirName}`,
    `cluster_name=${supervisorClusterName(process.pid)}`,
  ];
  const command = [join(options.binaries.binDir, "postgres"), "-D", options.dataDirName, "-h", ""];
  for (const setting of settings) command.push("-c", setting);
  const [file = "", ...args] = [...(options.endWithParent === false ? [] : tieToParent()), ...command];
  const child = spawn(file, args, {
    cwd: dataDir,
    // A session of its own: Ctrl-C in the terminal is for Breakwater, which then stops the server in order.
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
  });
  const lastLines: string[] = [];
  const exited = new Promise<PostmasterExit>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, lastLines: [error.message] }));
    child.once("close", (code, signal) => resolve({ code, signal, lastLines }));
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    if (/^(FATAL|PANIC|WARNING):/.test(line)) log.warn({ component: "postgres" }, line);
    else log.debug({ component: "postgres" }, line);
  });
  return { pid: child.pid, exited, child };
}

let setpriv: string[] | undefined;

// The kernel tells PostgreSQL to shut down when its supervisor dies, even by kill -9. BusyBox has a setpriv without it,
// and other systems have none: there the next start finds the orphan and stops it.
function tieToParent(): string[] {
  if (setpriv) return setpriv;
  const prefix = ["/usr/bin/setpriv", "--pdeathsig", "INT"];
  const works =
    process.platform === "linux" &&
    existsSync(prefix[0] ?? "") &&
    spawnSync(prefix[0] ?? "", [...prefix.slice(1), "true"]).status === 0;
  setpriv = works ? prefix : [];
  return setpriv;
}

/** Resolves "ready" when the server accepts connections, or with the exit when it ended before that. */
export async function waitUntilReady(
  postmaster: Postmaster,
  dataDir: string,
  signal: AbortSignal | undefined,
): Promise<"ready" | PostmasterExit> {
  let exit: PostmasterExit | undefined;
  void postmaster.exited.then((ended) => {
    exit = ended;
  });
  for (;;) {
    if (exit) return exit;
    const file = readPostmasterFile(dataDir);
    if (file?.isReady && file.pid === postmaster.pid) return "ready";
    signal?.throwIfAborted();
    await delay(pollMs);
  }
}

/** How long each way of stopping may take, in milliseconds. */
export type StopDeadlines = { fastMs: number; immediateMs: number };

/**
 * Stops a server process: fast shutdown, then immediate (recovery at the next start), then kill.
 * Resolves with the signal that ended it; "SIGINT" is the clean one.
 */
export async function stopServerProcess(
  pid: number,
  deadlines: StopDeadlines,
): Promise<"SIGINT" | "SIGQUIT" | "SIGKILL"> {
  if (await signalAndWait(pid, "SIGINT", deadlines.fastMs)) return "SIGINT";
  if (await signalAndWait(pid, "SIGQUIT", deadlines.immediateMs)) return "SIGQUIT";
  await signalAndWait(pid, "SIGKILL", Number.POSITIVE_INFINITY);
  return "SIGKILL";
}

async function signalAndWait(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
    throw error;
  }
  const deadline = performance.now() + timeoutMs;
  while (findProcess(pid)) {
    if (performance.now() > deadline) return false;
    await delay(pollMs);
  }
  return true;
}
