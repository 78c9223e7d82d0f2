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

/** `1766-L32BWA B/15.02`: MicroLogix controllers tell their series and their firmware, of which the revision is not the number. */
const SERIES_AND_FIRMWARE = /^\d{4}-[A-Z0-9]+ ([A-Z])\/(\d{1,3}\.\d{1,3})$/;

/** The manufacturer by its ODVA vendor id, else the number. */
export function toVendor(id: number): HardwareIdentity {
  const manufacturer = ODVA_VENDORS[id];
  return manufacturer === undefined ? { vendorId: String(id) } : { manufacturer };
}

/** What the fields of the CIP identity object say, in the words of {@link HardwareIdentity}. */
export function toHardwareIdentity(identity: IdentityAttributes): HardwareIdentity {
  const hardware: HardwareIdentity = {
    ...toVendor(identity.vendorId),
    type: CIP_DEVICE_TYPES[identity.deviceType] ?? `CIP device type ${identity.deviceType}`,
    firmwareVersion: `${identity.majorRevision}.${identity.minorRevision}`,
    serialNumber: `0x${identity.serialNumber.toString(16).padStart(8, "0")}`,
  };
  if (identity.productName !== "") hardware.productName = identity.productName;
  const catalogNumber = identity.vendorId === VENDOR_ROCKWELL ? CATALOG_NUMBER.exec(identity.productName)?.[1] : null;
  if (!catalogNumber) return hardware;
  hardware.catalogNumber = catalogNumber;
  const [, series, firmware] = SERIES_AND_FIRMWARE.exec(identity.productName.trim()) ?? [];
  if (series === undefined || firmware === undefined) return hardware;
  return { ...hardware, catalogNumber: `${catalogNumber}/${series}`, firmwareVersion: firmware };
}
