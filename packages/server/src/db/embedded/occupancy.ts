import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { findProcess, type ProcessEntry } from "./process-table.ts";

/** The first lines of postmaster.pid: written by PostgreSQL, which removes the file on a clean stop. */
export type PostmasterFile = { pid: number; socketDir: string; isReady: boolean };

/** Who holds a data directory. `supervisorPid` is the Breakwater process that started the server. */
export type Occupancy =
  | { kind: "free" }
  /** The pid in the file now belongs to some other process, which would make PostgreSQL refuse to start. */
  | { kind: "stale_file"; pid: number }
  | { kind: "orphan"; pid: number; socketDir: string }
  | { kind: "in_use"; pid: number; supervisorPid: number | undefined };

const supervisorMark = /cluster_name=breakwater-supervisor-(\d+)/;

/** Marks a server's command line with its supervisor, so that an orphan is told from a server that is in use. */
export function supervisorClusterName(supervisorPid: number): string {
  return `breakwater-supervisor-${supervisorPid}`;
}

export function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  try {
    const lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
    const pid = Math.abs(Number(lines[0]));
    if (!Number.isInteger(pid) || pid === 0) return undefined;
    return { pid, socketDir: lines[4]?.trim() ?? "", isReady: lines[7]?.trim() === "ready" };
  } catch {
    return undefined;
  }
}

/**
 * Tells whether a server runs on the directory, and whether the Breakwater that started it still lives. The evidence is
 * the live process itself (its directory, its parent, its command line), because a pid in a file may have been reused.
 */
export function inspectOccupancy(dataDir: string): Occupancy {
  const file = readPostmasterFile(dataDir);
  if (!file) return { kind: "free" };
  const server = findProcess(file.pid);
  if (!server) return { kind: "free" };
  if (!servesDirectory(server, dataDir)) return { kind: "stale_file", pid: file.pid };
  const mark = supervisorMark.exec(server.commandLine);
  const supervisorPid = mark ? Number(mark[1]) : undefined;
  // Only the process that forked the server can be its parent: a reused pid cannot pass for the supervisor.
  if (supervisorPid !== undefined && server.parentPid !== supervisorPid)
    return { kind: "orphan", pid: file.pid, socketDir: file.socketDir };
  return { kind: "in_use", pid: file.pid, supervisorPid };
}

function servesDirectory(server: ProcessEntry, dataDir: string): boolean {
  const real = realpathSync(dataDir);
  if (server.workingDirectory !== undefined) return server.workingDirectory === real;
  // Where the working directory is hidden, the command line tells; when it does not, assume the worst.
  return !/-D /.test(server.commandLine) || server.commandLine.includes(`-D ${real}`);
}
