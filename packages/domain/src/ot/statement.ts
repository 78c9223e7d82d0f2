import type { HardwareField, NameField, NumberField } from "./fields.ts";

/** Times in epoch milliseconds, ends included. */
export type Seen = { firstSeenMs: number; lastSeenMs: number };

/**
 * One source's word on one property of one device. `field` is
 * - a member of the hardware identity, a name, or a number that stands for one;
 * - `ipAddress`, `macAddress`: an address the device has;
 * - `macAddress:<ip>`: the MAC that speaks for that address;
 * - `interface:<address>`: a protocol the device serves there, as `<protocol>/<transport>/<port>`;
 * - `module:<rack>/<slot>:<member>`: the same about a module behind it, the rack empty when unknown; its member `hostAddress` is
 *   the address at which the module is a host of its own.
 */
export type Statement = Seen & {
  field: string;
  value: string;
  protocol: string;
  /** Inventory source: `Passive Sensor`. */
  source: string;
  /** 0..100 */
  confidence: number;
  /** Where it was read last; null where no single frame says it. */
  frame: number | null;
};

/** A module's place; the rack is null where the protocol has none. */
export type ModulePlace = { rack: number | null; slot: number };

const moduleField = /^module:(\d*)\/(\d+):(.+)$/;

export function toModuleField(
  place: ModulePlace,
  member: HardwareField | NameField | NumberField | "hostAddress",
): string {
  return `module:${place.rack ?? ""}/${place.slot}:${member}`;
}

/** The place and member that a module's field names; null for other fields. */
export function parseModuleField(field: string): (ModulePlace & { member: string }) | null {
  const match = moduleField.exec(field);
  if (match === null) return null;
  return { rack: match[1] === "" ? null : Number(match[1]), slot: Number(match[2]), member: match[3]! };
}

export type ServedProtocol = { protocol: string; transport: string; port: number | null };

export function toInterfaceField(address: string): string {
  return `interface:${address}`;
}

export function toInterfaceValue(served: ServedProtocol): string {
  return `${served.protocol}/${served.transport}/${served.port ?? ""}`;
}

/** Reads the value of an `interface:` statement; null when it is not one. */
export function parseInterfaceValue(value: string): ServedProtocol | null {
  const [protocol, transport, port] = value.split("/");
  if (!protocol || !transport || port === undefined) return null;
  return { protocol, transport, port: port === "" ? null : Number(port) };
}

/** Statements with the same key are one statement, seen more than once. */
export function statementKey(statement: Statement): string {
  const { field, value, protocol, source } = statement;
  return `${field}\n${value}\n${protocol}\n${source}`;
}

/** Two sightings of one statement as one. Commutative, associative and idempotent. */
export function mergeStatements(a: Statement, b: Statement): Statement {
  return {
    ...a,
    confidence: Math.max(a.confidence, b.confidence),
    firstSeenMs: Math.min(a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: Math.max(a.lastSeenMs, b.lastSeenMs),
    frame: laterFrame(a, b),
  };
}

function laterFrame(a: Statement, b: Statement): number | null {
  if (a.lastSeenMs !== b.lastSeenMs) return a.lastSeenMs > b.lastSeenMs ? a.frame : b.frame;
  if (a.frame === null || b.frame === null) return a.frame ?? b.frame;
  return Math.max(a.frame, b.frame);
}

/** The statements without repeats, ordered by key: the same for every order of the input. */
export function mergeAll(statements: Iterable<Statement>): Statement[] {
  const merged = new Map<string, Statement>();
  for (const statement of statements) {
    const key = statementKey(statement);
    const known = merged.get(key);
    merged.set(key, known === undefined ? statement : mergeStatements(known, statement));
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, statement]) => statement);
}
