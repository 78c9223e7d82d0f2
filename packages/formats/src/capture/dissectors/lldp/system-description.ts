import type { HardwareIdentity } from "../../../records.ts";
import { typeOfOrderNumber } from "../s7comm/order-numbers.ts";

/** Manufacturers by how their system descriptions begin. */
const MANUFACTURERS: readonly [RegExp, string][] = [
  [/^siemens\b/i, "Siemens"],
  [/^hirschmann\b/i, "Hirschmann"],
  [/^phoenix contact\b/i, "Phoenix Contact"],
  [/^wago\b/i, "WAGO"],
  [/^moxa\b/i, "Moxa"],
  [/^cisco\b/i, "Cisco"],
  [/^(rockwell|allen-bradley)\b/i, "Rockwell Automation"],
  [/^schneider\b/i, "Schneider Electric"],
  [/^beckhoff\b/i, "Beckhoff"],
  [/^ruggedcom\b/i, "Siemens"],
];

const ORDER_NUMBER = /\b6[A-Z]{2}\d ?[0-9A-Z]{3}-\d[0-9A-Z]{4}(?:-[0-9A-Z]{4})?\b/;
const HARDWARE = /\bHW:? ?V?(\d{1,4})\b/;
const FIRMWARE = /\b(?:FW|SW|Firmware|Software|Version)\b[:,]? ?(?:Version |Rev\. ?)?(V?\d{1,5}(?:\.\d{1,5}){1,3})/i;
/** Siemens writes the serial number last: `S C-X4U812053111`, `SVPL1234567`. */
const SIEMENS_SERIAL = /, ?(S(?: [A-Z]-|V)[A-Z0-9]{6,20})$/;
const MAX_LENGTH = 255;

/**
 * What a system description says in the forms that manufacturers use, e.g.
 * `Siemens, SIMATIC NET, SCALANCE X208, 6GK5 208-0BA10-2AA3, HW: 4, FW: V5.2.6, SVPL1234567`.
 */
export function readDescription(text: string): HardwareIdentity {
  const description = text.slice(0, MAX_LENGTH);
  if (description === "") return {};
  const hardware: HardwareIdentity = { productName: description };
  const manufacturer = MANUFACTURERS.find(([pattern]) => pattern.test(description))?.[1];
  // Versions in other texts are as often the operating system's.
  if (manufacturer === undefined) return hardware;
  hardware.manufacturer = manufacturer;
  const firmware = FIRMWARE.exec(description)?.[1];
  if (firmware !== undefined) hardware.firmwareVersion = firmware;
  if (manufacturer === "Siemens") Object.assign(hardware, readSiemens(description));
  return hardware;
}

function readSiemens(description: string): HardwareIdentity {
  const orderNumber = ORDER_NUMBER.exec(description)?.[0];
  if (orderNumber === undefined) return {};
  const hardware: HardwareIdentity = { orderNumber };
  const product = description.split(",")[2]?.trim();
  if (product && !ORDER_NUMBER.test(product)) hardware.productName = product;
  const type = typeOfOrderNumber(orderNumber);
  if (type) hardware.type = type;
  const revision = HARDWARE.exec(description)?.[1];
  if (revision !== undefined) hardware.hardwareRevision = revision;
  const serial = SIEMENS_SERIAL.exec(description)?.[1];
  if (serial !== undefined) hardware.serialNumber = serial;
  return hardware;
}
