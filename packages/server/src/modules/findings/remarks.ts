import type { FindingRecord } from "@breakwater/formats/records";
import { toStorable } from "./storable-text.ts";

/** What a source tells of a finding beside its state and severity (column `told`): the members of its record, where it tells them. */
export type Remarks = Pick<
  FindingRecord,
  "typeDetected" | "isDisabled" | "isIgnored" | "productVersion" | "customNumbers"
>;

/** @returns undefined when the record tells nothing of the kind; members in one order, so that equal remarks have equal JSON */
export function readRemarks(record: FindingRecord): Remarks | undefined {
  const { productVersion } = record;
  const isTold =
    record.typeDetected !== undefined ||
    record.isDisabled !== undefined ||
    record.isIgnored !== undefined ||
    productVersion !== undefined ||
    record.customNumbers !== undefined;
  if (!isTold) return undefined;
  return toRemarks(productVersion === undefined ? record : { ...record, productVersion: toStorable(productVersion) });
}

/**
 * Of two records of one run that tell the same thing, whatever their order: what either is sure of, of two versions the
 * first by letters, of two numbers the highest.
 */
export function joinRemarks(a: Remarks | undefined, b: Remarks | undefined): Remarks | undefined {
  if (!a || !b) return a ?? b;
  return toRemarks({
    typeDetected: least(a.typeDetected, b.typeDetected),
    isDisabled: either(a.isDisabled, b.isDisabled),
    isIgnored: either(a.isIgnored, b.isIgnored),
    productVersion: least(a.productVersion, b.productVersion),
    customNumbers: joinNumbers(a.customNumbers, b.customNumbers),
  });
}

/** The database keeps the members in an order of its own. */
export function isSameRemarks(a: Remarks | null, b: Remarks | null): boolean {
  return a === b || JSON.stringify(toRemarks(a ?? {})) === JSON.stringify(toRemarks(b ?? {}));
}

function toRemarks(members: { [Name in keyof Remarks]: Remarks[Name] | undefined }): Remarks {
  const { typeDetected, isDisabled, isIgnored, productVersion, customNumbers } = members;
  return {
    ...(typeDetected === undefined ? {} : { typeDetected }),
    ...(isDisabled === undefined ? {} : { isDisabled }),
    ...(isIgnored === undefined ? {} : { isIgnored }),
    ...(productVersion === undefined ? {} : { productVersion }),
    ...(customNumbers === undefined ? {} : { customNumbers }),
  };
}

/** `Confirmed` goes before `Potential` by its letters too. */
function least<Text extends string>(a: Text | undefined, b: Text | undefined): Text | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === undefined || b === undefined ? (a ?? b) : a || b;
}

function joinNumbers(a: Remarks["customNumbers"], b: Remarks["customNumbers"]): Remarks["customNumbers"] {
  if (!a || !b) return a ?? b;
  return a.map((one, index) => {
    const other = b[index] ?? null;
    return one === null || other === null ? (one ?? other) : Math.max(one, other);
  });
}
