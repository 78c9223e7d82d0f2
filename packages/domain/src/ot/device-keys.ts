import { OUI_PROTOCOL } from "./oui-vendors.ts";
import { resolveField } from "./resolve-field.ts";
import type { Statement } from "./statement.ts";
import { vendorKey } from "./vendor.ts";

// What devices answer that were never given a number: zeros, ones, dashes, words.
const unsetSerial = /^(0x)?(0+|f+|-+|n\/?a|none|unknown|notset|default)$/;
const minSerialLength = 4;

/**
 * What makes a serial number name one device in the world: `siemens:sc-b1u393142011`. Null without a manufacturer,
 * because serial numbers are unique within one only, and for numbers that were never set.
 */
export function serialKey(manufacturer: string | null, serialNumber: string | null): string | null {
  const vendor = vendorKey(manufacturer);
  if (vendor === null || serialNumber === null) return null;
  const serial = serialNumber.toLowerCase().replace(/\s/g, "");
  if (serial.length < minSerialLength || unsetSerial.test(serial)) return null;
  return `${vendor}:${serial}`;
}

/** Keys of all serial numbers told about one device, sorted. */
export function serialKeysOf(statements: readonly Statement[]): string[] {
  const manufacturer =
    resolveField(statements.filter(({ field, protocol }) => field === "manufacturer" && protocol !== OUI_PROTOCOL))
      ?.value ?? null;
  const keys = statements
    .filter((statement) => statement.field === "serialNumber")
    .map((statement) => serialKey(manufacturer, statement.value))
    .filter((key) => key !== null);
  return [...new Set(keys)].sort();
}

/** Whether two lists of serial keys rule out that they are of one device. */
export function isOtherDevice(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && b.length > 0 && !a.some((key) => b.includes(key));
}
