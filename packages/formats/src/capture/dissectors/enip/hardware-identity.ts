import type { HardwareIdentity } from "../../../records.ts";
import { CIP_DEVICE_TYPES } from "./device-types.ts";
import type { IdentityAttributes } from "./list-identity.ts";
import { ODVA_VENDORS } from "./vendors.ts";

const VENDOR_ROCKWELL = 1;

/**
 * Catalogue numbers of the Allen-Bradley bulletins: two to four digits, perhaps letters, a dash, and the series after
 * a slash, at the start of the product name: `1756-ENBT/A`, `2711P-T10C4D8`, `20-COMM-E`.
 */
const CATALOG_NUMBER = /^(\d{2,4}[A-Z]{0,2}-[A-Z0-9]+(?:-[A-Z0-9]+)*(?:\/[A-Z])?)(?=\s|$)/;

/** What the fields of the CIP identity object say, in the words of {@link HardwareIdentity}. */
export function toHardwareIdentity(identity: IdentityAttributes): HardwareIdentity {
  const hardware: HardwareIdentity = {
    manufacturer: ODVA_VENDORS[identity.vendorId] ?? `ODVA vendor ${identity.vendorId}`,
    type: CIP_DEVICE_TYPES[identity.deviceType] ?? `CIP device type ${identity.deviceType}`,
    firmwareVersion: `${identity.majorRevision}.${identity.minorRevision}`,
    serialNumber: `0x${identity.serialNumber.toString(16).padStart(8, "0")}`,
  };
  if (identity.productName !== "") hardware.productName = identity.productName;
  const catalogNumber = identity.vendorId === VENDOR_ROCKWELL ? CATALOG_NUMBER.exec(identity.productName)?.[1] : null;
  if (catalogNumber) hardware.catalogNumber = catalogNumber;
  return hardware;
}
