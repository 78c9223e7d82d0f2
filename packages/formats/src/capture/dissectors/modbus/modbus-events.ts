import { readU16Be } from "../../byte-order.ts";
import type { EventStatement } from "../dissector.ts";

const FUNCTION_DIAGNOSTICS = 0x08;

/** Subfunctions of Diagnostics that change how the server runs (Modbus application protocol 1.1b3, section 6.8). */
const DIAGNOSTICS: Readonly<Record<number, EventStatement>> = {
  1: { kind: "RESET", detail: "restart communications" },
  4: { kind: "MODE_CHANGE", detail: "force listen only mode" },
};

/** What a Modbus request does to the server; null for other functions. `start` is behind the function code. */
export function modbusEvent(code: number, bytes: Uint8Array, start: number, end: number): EventStatement | null {
  if (code !== FUNCTION_DIAGNOSTICS || end - start < 2) return null;
  return DIAGNOSTICS[readU16Be(bytes, start)] ?? null;
}
