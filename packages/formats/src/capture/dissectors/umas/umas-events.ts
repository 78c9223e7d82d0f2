import type { EventStatement } from "../dissector.ts";

/** Past MBAP and function: session key, then the code. */
const CODE_AT = 9;

/**
 * Codes of requests, as public descriptions of UMAS list them (Apache PLC4X `umas.mspec`, nmap, Metasploit). What these call
 * an upload goes to the controller.
 */
const EVENTS: Readonly<Record<number, EventStatement>> = {
  48: { kind: "PROGRAM_DOWNLOAD", detail: "begin transfer to the controller" }, // 0x30
  49: { kind: "PROGRAM_DOWNLOAD", detail: "transfer block" },
  50: { kind: "PROGRAM_DOWNLOAD", detail: "end transfer" },
  51: { kind: "PROGRAM_UPLOAD", detail: "begin transfer from the controller" }, // 0x33
  52: { kind: "PROGRAM_UPLOAD", detail: "transfer block" },
  53: { kind: "PROGRAM_UPLOAD", detail: "end transfer" },
  64: { kind: "START", detail: "start PLC" }, // 0x40
  65: { kind: "STOP", detail: "stop PLC" },
};

/** What a UMAS request does to the controller; null for other codes. `start`: of the MBAP header. */
export function umasEvent(bytes: Uint8Array, start: number, end: number): EventStatement | null {
  const event = end - start > CODE_AT ? EVENTS[bytes[start + CODE_AT]!] : undefined;
  return event === undefined ? null : { ...event, protocol: "umas" };
}
