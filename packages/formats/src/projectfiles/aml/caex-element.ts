import { typeOfOrderNumber } from "../../capture/dissectors/s7comm/order-numbers.ts";
import type { HardwareIdentity, ProjectModuleRecord } from "../../records.ts";
import { isIpAddress, toMac } from "../../scanners/kit/values.ts";
import { toProjectText } from "../project-parser.ts";

/** An `InternalElement` with what was found in it. */
export class CaexElement {
  readonly ref: string;
  readonly name: string;
  readonly attributes = new Map<string, string>();
  readonly roles: string[] = [];
  addresses: string[] = [];
  macAddresses: string[] = [];
  deviceName: string | null = null;
  /** Modules inside that are not yet known to belong to a device. */
  modules: CaexModule[] = [];

  constructor(ref: string, name: string) {
    this.ref = ref;
    this.name = name;
  }

  get isDevice(): boolean {
    return this.roles.includes("Device") || /^(System:Device\b|GSD:.*\/D$)/i.test(this.#typeIdentifier);
  }

  get isRack(): boolean {
    const isNamed = /^(rack|rail)\b/i.test(this.attributes.get("TypeName") ?? "");
    return isNamed || this.roles.includes("Rack") || RACK.test(this.#typeIdentifier);
  }

  get #typeIdentifier(): string {
    return this.attributes.get("TypeIdentifier") ?? "";
  }

  set(name: string, value: string): void {
    this.attributes.set(name, value);
    if (name === "NetworkAddress" && isIpAddress(value) && value !== "0.0.0.0") this.addresses.push(value);
    const mac = /^mac ?address$/i.test(name) ? toMac(value) : null;
    if (mac !== null) this.macAddresses.push(mac);
    if (/^(Profinet)?DeviceName$/i.test(name)) this.deviceName = toProjectText(value);
  }

  /** What the element is when it is a module of its own: not a rack, and not a part that is built into another. */
  toModule(): Omit<CaexModule, "rackRef" | "rack"> | null {
    const hardware =
      this.isRack || this.isDevice || this.attributes.get("BuiltIn") === "true" ? null : this.#toHardware();
    if (hardware === null) return null;
    const kind = this.attributes.get("DeviceItemType") ?? "";
    return {
      element: this,
      hardware,
      isHead: /^(CPU|HeadModule)$/i.test(kind),
      slot: toInteger(this.attributes.get("PositionNumber")),
    };
  }

  /** Interfaces, nodes and ports belong to the module they are built into. */
  giveTo(owner: CaexElement): void {
    owner.addresses.push(...this.addresses);
    owner.macAddresses.push(...this.macAddresses);
    owner.deviceName ??= this.deviceName;
  }

  #toHardware(): HardwareIdentity | null {
    const identifier = this.#typeIdentifier;
    const order = ORDER_NUMBER.exec(identifier);
    const gsd = GSD.exec(identifier);
    if (order === null && gsd === null) return null;
    const hardware: HardwareIdentity = { deviceName: this.deviceName ?? this.name };
    const model = toProjectText(this.attributes.get("TypeName"));
    const firmware = toProjectText(this.attributes.get("FirmwareVersion")) ?? order?.[2];
    if (model !== null) hardware.model = model;
    if (firmware) hardware.firmwareVersion = firmware;
    const orderNumber = toProjectText(order?.[1]) ?? toProjectText(this.attributes.get("OrderNumber"));
    if (orderNumber !== null) Object.assign(hardware, fromOrderNumber(orderNumber));
    else if (gsd?.[1] !== undefined) hardware.manufacturer = gsd[1];
    const maker = toProjectText(this.attributes.get("Manufacturer"));
    if (maker !== null) hardware.manufacturer ??= maker;
    return hardware;
  }
}

/** A module on its way to the device it belongs to. */
export type CaexModule = {
  element: CaexElement;
  hardware: HardwareIdentity;
  isHead: boolean;
  slot: number | null;
  rackRef: string | null;
  rack: number | null;
};

/** With the firmware behind the number; that of operator panels has no V: `OrderNumber:6AV2 124-0GC01-0AX0/17.0.0.0`. */
const ORDER_NUMBER = /^OrderNumber:\s*([^/]+?)\s*(?:\/(V?\d[\w.]*)?.*)?$/i;
/** Names of racks are in the language of the tool: rails of the S7-300 and S7-1500, racks of the S7-400. */
const RACK = /^(System:Rack\b|GSD:.*\/R\/|OrderNumber:\s*6ES7 ?(?:[35]90-1|40[013]-[12]))/i;
/** A head or module of a device of another maker, by its description file: `GSD:GSDML-V2.35-MAKER-….XML/DAP/1`. */
const GSD = /^GSD:(?:GSDML-V[\d.]+-([^-/]+)-)?.*\/(?:DAP|M)\//i;

function fromOrderNumber(orderNumber: string): HardwareIdentity {
  const type = typeOfOrderNumber(orderNumber);
  if (type === null) return { orderNumber };
  return type === "" ? { orderNumber, manufacturer: "Siemens" } : { orderNumber, manufacturer: "Siemens", type };
}

export function toInteger(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** The modules of one device: its head is the station, and what stands in the racks is plugged in beside it. */
export function toStation(modules: readonly CaexModule[]): ProjectModuleRecord[] {
  const head =
    modules.find(({ isHead }) => isHead) ??
    modules.find(({ element }) => element.addresses.length > 0) ??
    modules.toSorted((a, b) => (a.slot ?? Infinity) - (b.slot ?? Infinity))[0];
  return modules.map((module) => {
    const { element, hardware, rackRef, rack, slot } = module;
    const isHead = module === head;
    return {
      ref: element.ref,
      parentRef: isHead ? null : head!.element.ref,
      name: element.name,
      hardware,
      ipAddresses: [...new Set(element.addresses)],
      macAddresses: [...new Set(element.macAddresses)],
      isStation: isHead,
      bus: isHead ? null : rackRef,
      rack: isHead ? null : rack,
      slot: isHead ? null : slot,
      keying: null,
    };
  });
}
