import { CIP_DEVICE_TYPES } from "../../capture/dissectors/enip/device-types.ts";
import { toVendor } from "../../capture/dissectors/enip/hardware-identity.ts";
import type { HardwareIdentity, Keying, ProjectModuleRecord } from "../../records.ts";
import { isIpAddress } from "../../scanners/kit/values.ts";

export type LogixController = {
  name: string;
  catalogNumber: string | null;
  major: string | null;
  minor: string | null;
  serialNumber: string | null;
  createdAt: string | null;
  savedAt: string | null;
};

export type LogixPort = { id: string | null; type: string | null; address: string | null; isUpstream: boolean };

/** A `Module` element as it stands. */
export type LogixModule = {
  name: string;
  catalogNumber: string | null;
  vendorId: string | null;
  productType: string | null;
  major: string | null;
  minor: string | null;
  parent: string | null;
  parentPort: string | null;
  keying: string | null;
  ports: LogixPort[];
};

const KEYINGS: Readonly<Record<string, Keying>> = {
  ExactMatch: "exact",
  CompatibleModule: "compatible",
  // A mask of its own: some part of the identity need not match.
  Custom: "compatible",
  Disabled: "disabled",
};
const ETHERNET = "Ethernet";

/** The controller and its modules as records. The module that is its own parent is the controller itself. */
export function toProjectModules(controller: LogixController, modules: readonly LogixModule[]): ProjectModuleRecord[] {
  const named = withDifferentNames(modules);
  const own = named.find(({ name, parent }) => name === parent) ?? toLocal(controller);
  const all = named.includes(own) ? named : [own, ...named];
  const byName = new Map(all.map((module) => [module.name, module]));
  return all.map((module) => {
    const record = toRecord(module, byName);
    return module === own ? toControllerRecord(record, controller) : record;
  });
}

/** Names are unique in a project; in a file that was edited they may not be. */
function withDifferentNames(modules: readonly LogixModule[]): LogixModule[] {
  const taken = new Set<string>();
  return modules.map((module) => {
    let name = module.name;
    for (let number = 2; taken.has(name); number += 1) name = `${module.name} (${number})`;
    taken.add(name);
    return { ...module, name };
  });
}

function toLocal({ catalogNumber, major, minor }: LogixController): LogixModule {
  const ports: LogixPort[] = [];
  return {
    name: "Local",
    catalogNumber,
    vendorId: "1",
    productType: "14",
    major,
    minor,
    parent: "Local",
    parentPort: null,
    keying: "Disabled",
    ports,
  };
}

function toControllerRecord(record: ProjectModuleRecord, controller: LogixController): ProjectModuleRecord {
  const { serialNumber } = controller;
  const hardware: HardwareIdentity = { ...record.hardware, deviceName: controller.name };
  if (serialNumber !== null) hardware.serialNumber = serialNumber;
  return { ...record, parentRef: null, name: controller.name, hardware, bus: null, slot: null, isStation: true };
}

function toRecord(module: LogixModule, byName: ReadonlyMap<string, LogixModule>): ProjectModuleRecord {
  const parent = module.parent === null ? undefined : byName.get(module.parent);
  const upstream = module.ports.find(({ isUpstream }) => isUpstream);
  const linkType = upstream?.type ?? parent?.ports.find(({ id }) => id === module.parentPort)?.type ?? null;
  const isStation = linkType === ETHERNET;
  return {
    ref: module.name,
    parentRef: module.parent,
    name: module.name,
    hardware: toHardware(module),
    ipAddresses: [...new Set(module.ports.flatMap(({ type, address }) => toIpAddress(type, address)))],
    macAddresses: [],
    isStation,
    bus: isStation ? null : `${module.parent} ${module.parentPort}`,
    rack: null,
    slot: isStation ? null : toSlot(upstream?.address),
    keying: KEYINGS[module.keying ?? ""] ?? null,
  };
}

function toHardware(module: LogixModule): HardwareIdentity {
  const { catalogNumber, vendorId, productType, major, minor, name } = module;
  const hardware: HardwareIdentity = { deviceName: name };
  const vendor = Number(vendorId);
  if (vendorId !== null && vendor > 0) Object.assign(hardware, toVendor(vendor));
  const type = CIP_DEVICE_TYPES[Number(productType ?? Number.NaN)];
  if (type !== undefined) hardware.type = type;
  if (catalogNumber !== null) hardware.catalogNumber = catalogNumber;
  if (major !== null && /^\d+$/.test(major)) hardware.firmwareVersion = `${major}.${minor ?? "0"}`;
  return hardware;
}

function toIpAddress(type: string | null, address: string | null): string[] {
  return type === ETHERNET && address !== null && isIpAddress(address) && address !== "0.0.0.0" ? [address] : [];
}

function toSlot(address: string | null | undefined): number | null {
  return address !== null && address !== undefined && /^\d{1,5}$/.test(address) ? Number(address) : null;
}
