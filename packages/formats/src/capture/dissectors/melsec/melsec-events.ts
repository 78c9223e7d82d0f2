import type { EventStatement } from "../dissector.ts";

/** Commands that change what the CPU does (Mitsubishi Electric SH-080008, chapters 14 and 15). */
const EVENTS: Readonly<Record<number, EventStatement>> = {
  4097: { kind: "START", detail: "Remote RUN" }, // 0x1001
  4098: { kind: "STOP", detail: "Remote STOP" }, // 0x1002
  4099: { kind: "MODE_CHANGE", detail: "Remote PAUSE" }, // 0x1003
  4102: { kind: "RESET", detail: "Remote RESET" }, // 0x1006
  6184: { kind: "PROGRAM_UPLOAD", detail: "Read File" }, // 0x1828
  6185: { kind: "PROGRAM_DOWNLOAD", detail: "Write File" }, // 0x1829
};

/** What a request does to the CPU; null for other commands. */
export function melsecEvent(command: number): EventStatement | null {
  return EVENTS[command] ?? null;
}
