import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

export type ProcessEntry = {
  pid: number;
  parentPid: number;
  /** Command line, joined with spaces. */
  commandLine: string;
  /** Working directory; undefined where the system does not tell it. */
  workingDirectory: string | undefined;
};

/** Describes a live process; undefined when there is none (a zombie counts as gone). */
export function findProcess(pid: number): ProcessEntry | undefined {
  return process.platform === "linux" ? findInProc(pid) : findWithPs(pid);
}

function findInProc(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const [state, parentPid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    return {
      pid,
      parentPid: Number(parentPid),
      commandLine: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim(),
      workingDirectory: readWorkingDirectory(pid),
    };
  } catch {
    return undefined;
  }
}

function readWorkingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function findWithPs(pid: number): ProcessEntry | undefined {
  try {
    const line = execFileSync("/bin/ps", ["-ww", "-o", "ppid=,stat=,args=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const match = /^\s*(\d+)\s+(\S+)\s+(.*)$/m.exec(line);
    if (!match || match[2]?.startsWith("Z")) return undefined;
    return { pid, parentPid: Number(match[1]), commandLine: match[3] ?? "", workingDirectory: undefined };
  } catch {
    return undefined;
  }
}
