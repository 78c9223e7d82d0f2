import { cleanValue, isIdentityField } from "./fields.ts";
import { CONFIGURED_FIRMWARE_CONFIDENCE } from "./firmware-proof.ts";
import { type ModulePlace, mergeAll, type Statement, toModuleField } from "./statement.ts";

/** The inventory source of all that project files tell. */
export const PROJECT_FILE = "Project File";

/** An element of a project's hardware tree, as the parsers of project files tell it. */
export type ProjectModule = {
  ref: string;
  parentRef: string | null;
  name: string;
  hardware: Readonly<Record<string, string | undefined>>;
  ipAddresses: readonly string[];
  macAddresses: readonly string[];
  isStation: boolean;
  bus: string | null;
  rack: number | null;
  slot: number | null;
  keying: "exact" | "compatible" | "disabled" | null;
};

/** A host that a project describes, and what is plugged in behind it. */
export type ProjectHost<M extends ProjectModule> = {
  module: M;
  plugged: { place: ModulePlace; module: M }[];
};

/**
 * Which modules of a tree are hosts, and which stand in a chassis of one. A host is a station, the root of a tree, and
 * whatever has an address of its own; the last stands in its chassis as well. Every module is in the answer: as a host,
 * or plugged in at a place that no other module of the host has.
 *
 * @param modules parents before children
 */
export function toProjectHosts<M extends ProjectModule>(modules: readonly M[]): ProjectHost<M>[] {
  const hosts: ProjectHost<M>[] = [];
  /** The host that each module is, or stands in. */
  const hostOf = new Map<string, ProjectHost<M>>();
  const waiting = new Map<ProjectHost<M>, M[]>();
  for (const module of modules) {
    const above = module.parentRef === null ? undefined : hostOf.get(module.parentRef);
    if (above !== undefined && !module.isStation) waiting.get(above)!.push(module);
    if (above === undefined || module.isStation || addressOf(module) !== undefined) {
      const host: ProjectHost<M> = { module, plugged: [] };
      hosts.push(host);
      waiting.set(host, []);
      // What hangs on a module that is plugged in and has an address is behind that address.
      hostOf.set(module.ref, host);
    } else {
      hostOf.set(module.ref, above);
    }
  }
  for (const [host, plugged] of waiting) host.plugged = placeModules(host.module, plugged);
  return hosts;
}

/** By which a module is a host of its own, wherever it is plugged in. */
function addressOf(module: ProjectModule): string | undefined {
  return module.ipAddresses[0] ?? module.macAddresses[0];
}

/**
 * Racks as the file numbers them; else the host's own chassis has none, which is how protocols tell it, and each further
 * bus the next free number. A module without a slot, or in one that is taken, gets the next free one.
 */
function placeModules<M extends ProjectModule>(host: M, modules: readonly M[]): ProjectHost<M>["plugged"] {
  const rackOf = new Map<string, number | null>();
  let nextRack = 1 + Math.max(0, ...modules.map(({ rack }) => rack ?? 0));
  const toRack = (module: M) => {
    if (module.rack !== null) return module.rack;
    const key = module.bus ?? "";
    const isOwn = rackOf.size === 0 && module.parentRef === host.ref;
    const rack = rackOf.get(key) ?? (rackOf.has(key) || isOwn ? null : nextRack++);
    rackOf.set(key, rack);
    return rack;
  };
  const taken = new Set<string>();
  const placed = new Map<M, ModulePlace>();
  const take = (module: M, place: ModulePlace) => {
    taken.add(toKey(place));
    placed.set(module, place);
  };
  const racks = new Map(modules.map((module) => [module, toRack(module)]));
  for (const module of modules) {
    const place = { rack: racks.get(module)!, slot: module.slot ?? -1 };
    if (module.slot !== null && !taken.has(toKey(place))) take(module, place);
  }
  const nextSlots = new Map<number | null, number>();
  for (const module of modules) {
    if (placed.has(module)) continue;
    const rack = racks.get(module)!;
    let slot = nextSlots.get(rack) ?? 0;
    while (taken.has(toKey({ rack, slot }))) slot += 1;
    nextSlots.set(rack, slot + 1);
    take(module, { rack, slot });
  }
  return modules.map((module) => ({ place: placed.get(module)!, module }));
}

function toKey({ rack, slot }: ModulePlace): string {
  return `${rack}/${slot}`;
}

const CONFIDENCE = {
  /** What the engineer put there, below what a device says of itself. */
  identity: 70,
  name: 60,
  address: 60,
  /** The controller refuses a module with another revision. */
  exactFirmware: 80,
  configuredFirmware: CONFIGURED_FIRMWARE_CONFIDENCE,
};

/**
 * What a project says of a host, in the words that all sources share.
 *
 * @param protocol format of the file, e.g. `l5x`
 * @param savedAt epoch ms
 */
export function toProjectStatements(host: ProjectHost<ProjectModule>, protocol: string, savedAt: number): Statement[] {
  const statements: Statement[] = [];
  const say = (field: string, value: string | undefined, confidence: number) => {
    const clean = value === undefined ? null : cleanValue(value);
    const seen = { firstSeenMs: savedAt, lastSeenMs: savedAt, frame: null };
    if (clean !== null) statements.push({ field, value: clean, protocol, source: PROJECT_FILE, confidence, ...seen });
  };
  for (const address of host.module.ipAddresses) say("ipAddress", address, CONFIDENCE.address);
  for (const address of host.module.macAddresses) say("macAddress", address, CONFIDENCE.address);
  for (const [member, value, confidence] of toMembers(host.module)) say(member, value, confidence);
  for (const { place, module } of host.plugged) {
    const address = addressOf(module);
    say(toModuleField(place, "hostAddress"), address, CONFIDENCE.address);
    for (const [member, value, confidence] of toMembers(module))
      if (address === undefined || !isState(member)) say(toModuleField(place, member), value, confidence);
  }
  return mergeAll(statements);
}

/** What is told of a host is told there alone, or the two could come to differ. */
function isState(member: string): boolean {
  return member === "firmwareVersion" || member === "serialNumber" || member === "hardwareRevision";
}

function toMembers({ hardware, keying }: ProjectModule) {
  return Object.entries(hardware).flatMap(([member, value]) => {
    if (!isIdentityField(member)) return [];
    return [[member, value, confidenceOf(member, keying)] as const];
  });
}

function confidenceOf(member: string, keying: ProjectModule["keying"]): number {
  if (member === "firmwareVersion")
    return keying === "exact" ? CONFIDENCE.exactFirmware : CONFIDENCE.configuredFirmware;
  return member.endsWith("Name") ? CONFIDENCE.name : CONFIDENCE.identity;
}
