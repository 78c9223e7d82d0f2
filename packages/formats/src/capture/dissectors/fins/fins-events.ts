import type { EventStatement } from "../dissector.ts";

const COMMAND_RUN = 0x0401;
const MODE_MONITOR = 2;

/** Commands that change program or operating mode (Omron W227, section 5). */
const EVENTS: Readonly<Record<number, EventStatement>> = {
  774: { kind: "PROGRAM_UPLOAD", detail: "program area read" }, // 0x0306
  775: { kind: "PROGRAM_DOWNLOAD", detail: "program area write" },
  776: { kind: "PROGRAM_DOWNLOAD", detail: "program area clear" },
  1025: { kind: "START", detail: "RUN" }, // 0x0401
  1026: { kind: "STOP", detail: "STOP" },
  1027: { kind: "RESET", detail: "reset" },
};

/** What a command does to the CPU; null for other commands. `start` is behind the command code. */
export function finsEvent(command: number, bytes: Uint8Array, start: number, end: number): EventStatement | null {
  // Behind the program number, which stands for all.
  if (command === COMMAND_RUN && end - start >= 3 && bytes[start + 2] === MODE_MONITOR)
    return { kind: "START", detail: "RUN in monitor mode" };
  return EVENTS[command] ?? null;
}
