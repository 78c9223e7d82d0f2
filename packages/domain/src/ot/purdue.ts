import { type DeviceRole, kindOfType } from "./device-kinds.ts";

/** Levels of the Purdue enterprise reference architecture that traffic can tell: 0 process, 1 control, 2 supervision. */
export type PurdueLevel = 0 | 1 | 2;

export type RoleFacts = {
  /** Hardware type, where a source told it. */
  type: string | null;
  /** Answers to an industrial protocol. */
  isOtServer: boolean;
  /** Different hosts whose industrial protocols it calls, other than to exchange inputs and outputs. */
  otServersCalled: number;
  /** Calls devices to exchange inputs and outputs with them. */
  callsIo: boolean;
};

/** Never a source's word: a conclusion, and marked so wherever it is shown. */
export type InferredRole = { role: DeviceRole | null; purdueLevel: PurdueLevel | null; reason: string };

const levelOfRole: Partial<Record<DeviceRole, PurdueLevel>> = {
  "field-device": 0,
  controller: 1,
  io: 1,
  drive: 1,
  "communication-module": 1,
  "operator-station": 2,
};

/** Callers of at least so many controllers supervise them; a controller may well have one partner. */
const supervisorCalls = 2;

/** Role and level from what the device is and whom it talks to (ot.md 2.1): its type first, then its conversations. */
export function inferRole(facts: RoleFacts): InferredRole {
  const kind = kindOfType(facts.type);
  const level = kind === null ? undefined : levelOfRole[kind.role];
  if (kind !== null && level !== undefined)
    return { role: kind.role, purdueLevel: level, reason: `its type is ${facts.type}` };
  if (facts.otServersCalled >= supervisorCalls)
    return { role: "supervisor", purdueLevel: 2, reason: "client of several controllers" };
  if (facts.isOtServer)
    return { role: kind?.role ?? "server", purdueLevel: 1, reason: "server of an industrial protocol" };
  if (facts.callsIo)
    return { role: kind?.role ?? "client", purdueLevel: 1, reason: "exchanges inputs and outputs with devices" };
  if (facts.otServersCalled > 0) return { role: "client", purdueLevel: null, reason: "client of one controller only" };
  return { role: kind?.role ?? null, purdueLevel: null, reason: "no traffic that tells" };
}
