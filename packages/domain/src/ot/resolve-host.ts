import { kindOfType } from "./device-kinds.ts";
import { type Hardware, type HardwareField, hardwareFields, type NameField, nameFields } from "./fields.ts";
import { isFirmwareProven } from "./firmware-proof.ts";
import { type HostInterface, resolveInterfaces } from "./interfaces.ts";
import { partOtherHardware } from "./other-hardware.ts";
import { OUI_PROTOCOL } from "./oui-vendors.ts";
import { findProductFamily } from "./product-families.ts";
import { comparableValue, type ResolvedField, resolveField } from "./resolve-field.ts";
import { type ModulePlace, mergeAll, parseModuleField, type Seen, type Statement, toModuleField } from "./statement.ts";
import { vendorName } from "./vendor.ts";

/**
 * `firmwareIsProven` false: the version is a configured one. `hostAddress`: the module has an address and is a host of its own,
 * of which the rest is told there.
 */
export type HostModule = ModulePlace & Hardware & { firmwareIsProven: boolean; hostAddress: string | null };

/** When a source knew the host. */
export type InventoryEntry = Seen & { source: string };

/** A host as its statements describe it. */
export type ResolvedHost = {
  hardware: Hardware;
  /** False: the firmware version is a configured one, which the installed one need not be. */
  firmwareIsProven: boolean;
  names: Record<NameField, string | null>;
  ipAddresses: string[];
  macAddresses: string[];
  interfaces: HostInterface[];
  /** By rack (none first) and slot. */
  modules: HostModule[];
  /** By source. */
  inventory: InventoryEntry[];
  /** How each single-valued field was decided, modules' fields among them; conflicts are in here. */
  fields: Map<string, ResolvedField>;
  /** About another piece of hardware: {@link partOtherHardware}. */
  refused: Statement[];
};

/**
 * The best description of one host. Depends on the set of statements only: neither on their order nor on how often
 * each was made.
 */
export function resolveHost(statements: Iterable<Statement>): ResolvedHost {
  const merged = mergeAll(statements);
  const isInferred = ({ protocol }: Statement) => protocol === OUI_PROTOCOL;
  const { standing, refused } = partOtherHardware(merged.filter((one) => !isInferred(one)));
  const byField = Map.groupBy(standing, (statement) => statement.field);
  const fields = new Map<string, ResolvedField>();
  for (const [field, about] of byField) {
    const resolved = isMultiple(field) ? null : resolveField(about);
    if (resolved === null) continue;
    const value = comparableValue(field, resolved.value);
    const against = refused.filter((one) => one.field === field && comparableValue(field, one.value) !== value);
    fields.set(field, { ...resolved, conflicts: [...resolved.conflicts, ...against] });
  }
  const bestOf = (field: string) => fields.get(field)?.value ?? null;
  const hardware = completeHardware((field) => bestOf(field), bestOf("productName"));
  const maker = resolveField(merged.filter(isInferred));
  if (maker !== null && isUnknown(hardware)) {
    fields.set("manufacturer", maker);
    hardware.manufacturer = maker.value;
  }
  const { ipAddresses, macAddresses, interfaces } = resolveInterfaces(byField, bestOf);
  return {
    hardware,
    firmwareIsProven: isFirmwareProven(fields.get("firmwareVersion")),
    names: Object.fromEntries(nameFields.map((name) => [name, bestOf(name)])) as Record<NameField, string | null>,
    ipAddresses,
    macAddresses,
    interfaces,
    modules: resolveModules(fields),
    inventory: resolveInventory(merged),
    fields,
    refused,
  };
}

function isMultiple(field: string): boolean {
  return field === "ipAddress" || field === "macAddress" || field.startsWith("interface:");
}

/** What was told, and what follows from the order or catalogue number. */
function completeHardware(told: (field: HardwareField) => string | null, productName: string | null): Hardware {
  const hardware = Object.fromEntries(hardwareFields.map((field) => [field, told(field)])) as Hardware;
  const known = findProductFamily(hardware.orderNumber) ?? findProductFamily(hardware.catalogNumber);
  if (known !== null) {
    hardware.manufacturer ??= known.manufacturer;
    hardware.type ??= known.type;
    hardware.family ??= known.family;
    hardware.model ??= known.model ?? null;
  }
  // A Rockwell catalogue number without its series names the model.
  hardware.model ??= hardware.catalogNumber?.split("/")[0] ?? productName;
  hardware.category ??= kindOfType(hardware.type)?.category ?? null;
  if (hardware.manufacturer !== null) hardware.manufacturer = vendorName(hardware.manufacturer);
  return hardware;
}

/** Of a device that anybody named, the block of its MAC is not to say the maker: advisories are looked up by both. */
function isUnknown({ manufacturer, family, model, orderNumber, catalogNumber }: Hardware): boolean {
  return [manufacturer, family, model, orderNumber, catalogNumber].every((told) => told === null);
}

function resolveModules(fields: ReadonlyMap<string, ResolvedField>): HostModule[] {
  const places = new Map<string, { place: ModulePlace; told: Map<string, string> }>();
  for (const [field, resolved] of fields) {
    const parsed = parseModuleField(field);
    if (parsed === null) continue;
    const key = `${parsed.rack ?? ""}/${parsed.slot}`;
    const entry = places.get(key) ?? { place: { rack: parsed.rack, slot: parsed.slot }, told: new Map() };
    entry.told.set(parsed.member, resolved.value);
    places.set(key, entry);
  }
  return [...places.values()]
    .map(({ place, told }) => ({
      ...place,
      ...completeHardware((field) => told.get(field) ?? null, told.get("productName") ?? null),
      firmwareIsProven: isFirmwareProven(fields.get(toModuleField(place, "firmwareVersion"))),
      hostAddress: told.get("hostAddress") ?? null,
    }))
    .sort((a, b) => (a.rack ?? -1) - (b.rack ?? -1) || a.slot - b.slot);
}

function resolveInventory(merged: readonly Statement[]): InventoryEntry[] {
  const bySource = new Map<string, InventoryEntry>();
  for (const { source, firstSeenMs, lastSeenMs } of merged) {
    const known = bySource.get(source);
    bySource.set(source, {
      source,
      firstSeenMs: Math.min(known?.firstSeenMs ?? firstSeenMs, firstSeenMs),
      lastSeenMs: Math.max(known?.lastSeenMs ?? lastSeenMs, lastSeenMs),
    });
  }
  return [...bySource.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
}
