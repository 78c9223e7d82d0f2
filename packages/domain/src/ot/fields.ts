/** Members of a hardware identity, as the API names them. */
export const hardwareFields = [
  "manufacturer",
  "type",
  "category",
  "family",
  "model",
  "orderNumber",
  "catalogNumber",
  "serialNumber",
  "firmwareVersion",
  "hardwareRevision",
] as const;

export type HardwareField = (typeof hardwareFields)[number];

/** What is known of a piece of hardware; null where no source told. */
export type Hardware = Record<HardwareField, string | null>;

/** Names that a device tells beside its hardware identity. */
export const nameFields = ["deviceName", "moduleName", "plantName", "productName", "operatingSystem"] as const;

export type NameField = (typeof nameFields)[number];

/** Numbers of a manufacturer and of a kind of device that no list has a name for: shown as evidence, and part of no description. */
const numberFields = ["vendorId", "deviceId"] as const;

export type NumberField = (typeof numberFields)[number];

const identityFields: ReadonlySet<string> = new Set([...hardwareFields, ...nameFields, ...numberFields]);

/** Whether a member of a parser's record is one that statements are made of. */
export function isIdentityField(name: string): name is HardwareField | NameField | NumberField {
  return identityFields.has(name);
}

/** No device's own text is longer; what is longer is not a name. */
const maxValueLength = 256;

/**
 * The text of a statement as it is kept: no control characters, blanks single, at most 256 UTF-16 units, well-formed.
 * Null when nothing is left.
 */
export function cleanValue(text: string): string | null {
  const clean = text
    .slice(0, maxValueLength)
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ")
    .replace(/\s+/gu, " ")
    .trim();
  return clean === "" ? null : clean;
}
