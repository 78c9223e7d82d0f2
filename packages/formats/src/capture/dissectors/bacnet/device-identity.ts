import type { HardwareIdentity } from "../../../records.ts";
import type { Emit } from "../dissector.ts";
import { TagReader } from "./tag-reader.ts";
import { BACNET_VENDORS } from "./vendors.ts";

const OBJECT_TYPE_DEVICE = 8;
const INSTANCE_BITS = 22;
/** "Not configured" by clause 20.2.14. */
const INSTANCE_UNSET = 2 ** INSTANCE_BITS - 1;
const TAG_UNSIGNED = 2;
const TAG_CHARACTER_STRING = 7;
const TAG_OBJECT_ID = 12;

const PROPERTY_VENDOR_ID = 120;
/** Members by property of the device object (clause 21, BACnetPropertyIdentifier). */
const PROPERTIES: Readonly<Record<number, keyof HardwareIdentity>> = {
  44: "firmwareVersion",
  70: "model",
  77: "deviceName",
  121: "manufacturer",
  372: "serialNumber",
};

/** The device's own word. */
const CONFIDENCE = 85;
/** The name behind a number in one broadcast, where the device does not write it out itself: less than a project's word (70). */
const VENDOR_ID_CONFIDENCE = 65;

/** The instance of a device object; null for other objects. */
function deviceInstance(objectId: number): number | null {
  const instance = objectId % 2 ** INSTANCE_BITS;
  const isDevice = Math.floor(objectId / 2 ** INSTANCE_BITS) === OBJECT_TYPE_DEVICE;
  return isDevice && instance !== INSTANCE_UNSET ? instance : null;
}

function toHardware(instance: number): HardwareIdentity {
  // The instance is unique within a building's network and what its people call a device that has no better name.
  return { moduleName: `BACnet device ${instance}` };
}

function toVendor(id: number): HardwareIdentity {
  const manufacturer = BACNET_VENDORS[id];
  return manufacturer === undefined ? { vendorId: String(id) } : { manufacturer };
}

/** Device object, greatest APDU, segmentation, vendor. */
export function readIAm(bytes: Uint8Array, start: number, end: number, emit: Emit): void {
  const tags = new TagReader(bytes, start, end);
  if (!tags.next() || !isApplicationValue(tags, TAG_OBJECT_ID)) return;
  const instance = deviceInstance(tags.unsigned());
  if (instance === null) return;
  const hasVendor = tags.next() && tags.next() && tags.next() && isApplicationValue(tags, TAG_UNSIGNED);
  const vendorId = hasVendor ? tags.unsigned() : Number.NaN;
  const hardware = toHardware(instance);
  if (!Number.isNaN(vendorId)) Object.assign(hardware, toVendor(vendorId));
  emit({ hardware, confidence: VENDOR_ID_CONFIDENCE });
}

/** Object [0], property [1], perhaps an index [2], the value between [3] and its end. */
export function readPropertyAck(bytes: Uint8Array, start: number, end: number, emit: Emit): void {
  const tags = new TagReader(bytes, start, end);
  if (!tags.next() || !isContextValue(tags, 0)) return;
  const instance = deviceInstance(tags.unsigned());
  if (instance === null || !tags.next() || !isContextValue(tags, 1)) return;
  const property = tags.unsigned();
  // An element of an array is no property of the device as a whole.
  if (!tags.next() || tags.kind !== "opening" || tags.number !== 3 || !tags.next()) return;
  const properties = new DeviceProperties(instance);
  properties.add(property, tags);
  properties.emit(emit);
}

/** Per object: its id [0], then between [1] and its end per property the id [2] and the value [4] or the error [5]. */
export function readPropertyMultipleAck(bytes: Uint8Array, start: number, end: number, emit: Emit): void {
  const tags = new TagReader(bytes, start, end);
  let device: DeviceProperties | null = null;
  let property = Number.NaN;
  let depth = 0;
  let isFirst = false;
  while (tags.next()) {
    if (tags.kind === "closing") {
      depth -= 1;
    } else if (tags.kind === "opening") {
      depth += 1;
      isFirst = depth === 2 && tags.number === 4;
    } else if (depth === 2 && isFirst) {
      device?.add(property, tags);
      isFirst = false;
    } else if (depth === 1 && isContextValue(tags, 2)) {
      property = tags.unsigned();
    } else if (depth === 1 && isContextValue(tags, 3)) {
      // An element of an array is no property of the device as a whole.
      property = Number.NaN;
    } else if (depth === 0 && isContextValue(tags, 0)) {
      device?.emit(emit);
      const instance = deviceInstance(tags.unsigned());
      device = instance === null ? null : new DeviceProperties(instance);
    }
  }
  device?.emit(emit);
}

function isApplicationValue(tags: TagReader, number: number): boolean {
  return !tags.isContext && tags.number === number;
}

function isContextValue(tags: TagReader, number: number): boolean {
  return tags.isContext && tags.kind === "value" && tags.number === number;
}

/** What was read of one device object. */
class DeviceProperties {
  readonly #hardware: HardwareIdentity;
  #vendorId = Number.NaN;
  #hasText = false;

  constructor(instance: number) {
    this.#hardware = toHardware(instance);
  }

  /** Takes the value that the reader stands on. */
  add(property: number, tags: TagReader): void {
    if (property === PROPERTY_VENDOR_ID && isApplicationValue(tags, TAG_UNSIGNED)) this.#vendorId = tags.unsigned();
    const member = PROPERTIES[property];
    if (member === undefined || !isApplicationValue(tags, TAG_CHARACTER_STRING)) return;
    const text = tags.text();
    if (text === "") return;
    this.#hardware[member] = text;
    this.#hasText = true;
  }

  emit(emit: Emit): void {
    if (this.#hasText) emit({ hardware: this.#hardware, confidence: CONFIDENCE });
    if (Number.isNaN(this.#vendorId)) return;
    emit({ hardware: toVendor(this.#vendorId), confidence: VENDOR_ID_CONFIDENCE });
  }
}
