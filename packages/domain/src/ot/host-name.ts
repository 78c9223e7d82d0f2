import type { Hardware, NameField } from "./fields.ts";

/** What a host is called: the name the plant gave it, else what it is and where: `1756-ENBT/A 10.1.1.164`. */
export function nameHost(host: {
  hardware: Hardware;
  names: Record<NameField, string | null>;
  ipAddresses: readonly string[];
  macAddresses: readonly string[];
}): string {
  const { hardware, names } = host;
  const given = names.deviceName;
  if (given !== null) return given;
  const number = hardware.model ?? hardware.orderNumber ?? hardware.catalogNumber;
  const product = names.productName ?? number ?? names.moduleName;
  const address = host.ipAddresses[0] ?? host.macAddresses[0];
  const parts = [product, address].filter((part) => part !== null && part !== undefined);
  return parts.length > 0 ? parts.join(" ") : (hardware.serialNumber ?? "Unnamed device");
}
