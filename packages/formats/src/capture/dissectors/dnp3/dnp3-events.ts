import type { EventStatement } from "../dissector.ts";

/** Function codes of requests that restart or stop the outstation (IEEE 1815, clause 4.4). */
const EVENTS: Readonly<Record<number, EventStatement>> = {
  13: { kind: "RESET", detail: "cold restart" },
  14: { kind: "RESET", detail: "warm restart" },
  17: { kind: "START", detail: "start application" },
  18: { kind: "STOP", detail: "stop application" },
};

/** What a request does to the outstation; null for other functions. */
export function dnp3Event(functionCode: number): EventStatement | null {
  return EVENTS[functionCode] ?? null;
}
