import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A real store of the limits, in a process of its own that a test may stop, kill and start again. */
export type SharedStore = {
  /** What `BREAKWATER_VALKEY_URL` may be: the path of its socket. */
  readonly url: string;
  /** Suspends it: connections stand, nothing is answered. */
  suspend(): void;
  resume(): void;
  /** SIGKILL: what it did not write is lost. */
  kill(): Promise<void>;
  /** One command as a line, and the store's answer as it stands on the wire. */
  ask(command: string): Promise<string>;
  /** Starts it again after a kill. */
  start(): Promise<void>;
  close(): Promise<void>;
};

const PROGRAMS = ["valkey-server", "redis-server"] as const;

/** The program that tests run as the store; undefined when the machine has none, and those tests are skipped. */
export function findStoreProgram(): string | undefined {
  return PROGRAMS.find((program) => {
    try {
      execFileSync(program, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

/** @param isDurable whether it keeps every write through a kill; otherwise it starts empty */
export async function startSharedStore({ isDurable = false } = {}): Promise<SharedStore> {
  const program = findStoreProgram();
  if (program === undefined) throw new Error(`none of ${PROGRAMS.join(", ")} is installed`);
  const dir = mkdtempSync(join(tmpdir(), "breakwater-store-"));
  const url = join(dir, "store.sock");
  const durability = isDurable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"];
  const args = ["--port", "0", "--unixsocket", url, "--dir", dir, "--save", "", ...durability];
  let child: ChildProcess;
  const start = async () => {
    child = spawn(program, args, { stdio: "ignore" });
    while (!(await ask(url, "PING").catch(() => "")).startsWith("+PONG")) await delay(10);
  };
  const endNow = () => {
    child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  };
  process.once("exit", endNow);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  await start();
  return {
    url,
    suspend: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    ask: (command) => ask(url, command),
    kill,
    start,
    close: async () => {
      process.removeListener("exit", endNow);
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ask(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${command}\r\n`));
    socket.on("data", (answer) => {
      socket.destroy();
      resolve(answer.toString());
    });
    socket.on("error", reject);
  });
}
