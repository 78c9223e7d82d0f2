import type { HardwareIdentity } from "../../../records.ts";
import { readText } from "../../byte-order.ts";
import type { Statement } from "../dissector.ts";
import { typeOfOrderNumber } from "./order-numbers.ts";
import type { SystemStatusList } from "./szl-answer.ts";

// Lists and their entries: "System Software for S7-300/400, System and Standard Functions", volume 2, chapter on
// partial SSLs W#16#xy11 and W#16#xy1C.
const LIST_MODULE_IDENTIFICATION = 0x11;
const LIST_COMPONENT_IDENTIFICATION = 0x1c;
/** Order number (20), module type (2), version words (2 and 2). */
const MODULE_ENTRY_BYTES = 28;
const FIRMWARE_MARK = 0x56; // "V"

/** The CPU's own word about itself. */
const CONFIDENCE = 95;

/** What an identification list says about the CPU that sent it; null for other lists and empty ones. */
export function toStatement(list: SystemStatusList): Statement | null {
  const kind = list.id & 0xff;
  let hardware: HardwareIdentity = {};
  if (kind === LIST_MODULE_IDENTIFICATION && list.entryBytes >= MODULE_ENTRY_BYTES) hardware = fromModuleList(list);
  else if (kind === LIST_COMPONENT_IDENTIFICATION) hardware = fromComponentList(list);
  return Object.keys(hardware).length === 0 ? null : { hardware, confidence: CONFIDENCE };
}

/** W#16#xy11: 1 the module, 6 its basic hardware, 7 its basic firmware. */
function fromModuleList(list: SystemStatusList): HardwareIdentity {
  const hardware: HardwareIdentity = {};
  for (const { index, bytes, start } of list.entries) {
    const orderNumber = readText(bytes, start, start + 20);
    const [first, second, third, fourth] = bytes.subarray(start + 22, start + 26);
    if (index === 1 && orderNumber !== "") hardware.orderNumber = orderNumber;
    if (index === 6) {
      if (orderNumber !== "") hardware.orderNumber ??= orderNumber;
      // Some CPUs mark this version like a firmware, most write a plain number.
      if (second) hardware.hardwareRevision = String(second);
    }
    if (index === 7 && first === FIRMWARE_MARK) hardware.firmwareVersion = `V${second}.${third}.${fourth}`;
  }
  if (hardware.orderNumber !== undefined) Object.assign(hardware, fromOrderNumber(hardware.orderNumber));
  return hardware;
}

function fromOrderNumber(orderNumber: string): HardwareIdentity {
  const type = typeOfOrderNumber(orderNumber);
  if (type === null) return {};
  return type === "" ? { manufacturer: "Siemens" } : { manufacturer: "Siemens", type };
}

/** Members of {@link HardwareIdentity} by the index of W#16#xy1C, and the length of their text. */
const COMPONENTS: Readonly<Record<number, { member: keyof HardwareIdentity; maxBytes: number }>> = {
  1: { member: "deviceName", maxBytes: 24 },
  2: { member: "moduleName", maxBytes: 24 },
  3: { member: "plantName", maxBytes: 32 },
  5: { member: "serialNumber", maxBytes: 24 },
  7: { member: "model", maxBytes: 32 },
};
const COMPONENT_COPYRIGHT = 4;

function fromComponentList(list: SystemStatusList): HardwareIdentity {
  const hardware: HardwareIdentity = {};
  for (const { index, bytes, start, end } of list.entries) {
    const component = COMPONENTS[index];
    if (component !== undefined) {
      const text = readText(bytes, start, Math.min(end, start + component.maxBytes));
      if (text !== "") hardware[component.member] = text;
    } else if (index === COMPONENT_COPYRIGHT && readText(bytes, start, end).includes("Siemens")) {
      hardware.manufacturer = "Siemens";
    }
  }
  if (hardware.model?.startsWith("CPU")) hardware.type = "Programmable Logic Controller (PLC)";
  return hardware;
}
