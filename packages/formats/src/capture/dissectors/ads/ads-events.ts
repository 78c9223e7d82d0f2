import { readU16Le } from "../../byte-order.ts";
import type { EventStatement } from "../dissector.ts";

const COMMAND_WRITE_CONTROL = 5;
/** ADS state, device state, length. */
const WRITE_CONTROL_BYTES = 8;

/** ADSSTATE values that a caller may ask for (Beckhoff Information System, ADSSTATE). */
const STATES: Readonly<Record<number, EventStatement>> = {
  2: { kind: "RESET", detail: "WriteControl RESET" },
  5: { kind: "START", detail: "WriteControl RUN" },
  6: { kind: "STOP", detail: "WriteControl STOP" },
  15: { kind: "MODE_CHANGE", detail: "WriteControl CONFIG" },
  16: { kind: "MODE_CHANGE", detail: "WriteControl RECONFIG" },
};

/** What a request does to the device's state; null for other requests. */
export function adsEvent(command: number, bytes: Uint8Array, start: number, end: number): EventStatement | null {
  if (command !== COMMAND_WRITE_CONTROL || end - start < WRITE_CONTROL_BYTES) return null;
  return STATES[readU16Le(bytes, start)] ?? null;
}
