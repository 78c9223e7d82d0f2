import { findProductFamily } from "../product-families.ts";
import { vendorKey } from "../vendor.ts";
import {
  findNumberPatterns,
  knownStart,
  minKnownLength,
  type NumberPattern,
  readModelNumberPattern,
} from "./number-pattern.ts";
import { findMixedFamily, findProductLines, groupsOfNumbers, normalizeLineName } from "./product-lines.ts";
import { vendorKeysOf } from "./vendor-aliases.ts";
import { parseVersionExpression } from "./version-expression.ts";

/** How a product was recognised, the surest first. */
export const keyKinds = [
  "order-number",
  "catalog-number",
  "catalog-range",
  "product-line",
  "product-family",
  "product-name",
] as const;
export type KeyKind = (typeof keyKinds)[number];

/** What an advisory's product and an installed device are compared by: `<kind>:<vendor>:<value>`. */
export type ProductKey = string;

/** Hardware that keys are made of; a host or one of its modules. */
export type KeyedHardware = {
  manufacturer: string | null;
  family: string | null;
  model: string | null;
  orderNumber: string | null;
  catalogNumber: string | null;
};

const mlfb = /\b6[A-Z]{2}\d[ ]?[0-9A-Z]{3}-\d[0-9A-Z]{4}-[0-9A-Z]{4}\b/g;
const catalogNumber =
  /(?<![\w-])(?=[A-Z0-9 /-]*\d)[A-Z0-9]{2,}(?: ?- ?[A-Z0-9]+)+(?![\w*[-])|(?<![\w-])(?=[A-Z]*\d)[A-Z0-9]{6,}(?![\w*[-])/g;
/** Numbers that are written in groups: `BMX NOE 0100 (H)`, `140 NOC 771 01`. The letter in parentheses may be there. */
const grouped = /\b(BM[EKX]|TSX|140|170|171) ([A-Z]{1,4}) ?(\d{2,4})(?: (\d{2,4}))?(?: ?\(([A-Z])\))?/g;
/** Numbers that differ in one place: `R04/08/16/32/120(EN)CPU`, `Q03/04/06/13/26UDVCPU`, `L02/06/26CPU(-P)`. */
const listed = /\b([A-Z]{1,2})(\d{2}(?:\/\d{2,3})+)\/?(?: ?\(([A-Z]{2})\))? ?([A-Z]*CPU)(?:(-[A-Z]+)|\((-[A-Z]+)\))?/g;
/** What stands behind the slash of Mitsubishi's FX is part of the number, and no series: `FX5UJ-40MR/ES-A*`. Some leave it away. */
const slashed = /\b(FX\d[A-Z]{1,3}-\d{2,3}) ?(M[RST])\/([A-Z]{1,3}(?:-[A-Z0-9]{1,2})?)(?![\w-])\*?/g;
/** Software on a PC that has the number of the device it is for: `ATV320 DTM`, `GMS600 Connectivity Package`. */
const softwareFor = /\b(?:DTMs?|SDK|(?:connectivity|screen) package|compatible HMI software)\b/i;
const minNumberLength = 5;
const maxNameLength = 500;
const maxKeys = 64;
const maxNumberLength = 40;
const maxNameKeyLength = 80;

export function keyOf(kind: KeyKind, vendor: string, value: string): ProductKey {
  return `${kind}:${vendor}:${value}`;
}

export function kindOfKey(key: ProductKey): KeyKind {
  return key.slice(0, key.indexOf(":")) as KeyKind;
}

/** Whether what is found by the key is what is meant. A name that agrees makes it likely, and no more. */
export function isSureKey(key: ProductKey): boolean {
  return kindOfKey(key) !== "product-name";
}

export function isNumberKey(key: ProductKey): boolean {
  return keyKinds.indexOf(kindOfKey(key)) <= keyKinds.indexOf("catalog-range");
}

/** A number as it is compared: upper case, letters and digits only. */
export function compactNumber(number: string): string {
  return number
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .slice(0, maxNumberLength);
}

/**
 * A key, what a device's number has to be like beyond it, and the versions that the product's name sets beside its
 * expression.
 */
export type NamedKey = { key: ProductKey; pattern: NumberPattern | null; versions: string | null };

/** The keys that an advisory's product can be recognised by. */
export function keysOfProduct(product: {
  vendor: string;
  name: string;
  versions: string | null;
  modelNumbers: readonly string[];
  /** The only number of the line that is meant. */
  member?: string | null;
}): NamedKey[] {
  const vendors = vendorKeysOf(product.vendor);
  // What a name excepts is not meant.
  const name = joinGroups(
    product.name.slice(0, maxNameLength).replace(/\b(except|excluding|excl\.|without)\b.*$/i, ""),
  );
  const keys = new Map<string, NamedKey>();
  const add = (key: ProductKey, more: Partial<NamedKey> = {}) =>
    keys.set(`${key} ${more.pattern ?? ""}`, { key, pattern: null, versions: serialNumbersOf(name), ...more });
  const numbers = [...product.modelNumbers, name].flatMap((text) => text.slice(0, maxNameLength).match(mlfb) ?? []);
  for (const number of numbers) add(keyOf("order-number", "siemens", compactNumber(number)));
  for (const vendor of vendors) {
    for (const number of product.modelNumbers) {
      const compact = compactNumber(number);
      if (!/[*?]/.test(number) && compact.length >= minNumberLength) add(keyOf("order-number", vendor, compact));
    }
    const patterns = product.modelNumbers.flatMap((number) => readModelNumberPattern(number) ?? []);
    // Siemens' names have order numbers, and `S7-1200` is none.
    if (vendor !== "siemens" && !softwareFor.test(name)) {
      for (const number of catalogNumbersOf(name)) add(keyOf("catalog-number", vendor, number));
      patterns.push(...findNumberPatterns(name));
    }
    for (const pattern of patterns) add(keyOf("catalog-range", vendor, knownStart(pattern)), { pattern });
    const lines = findProductLines(vendor, name);
    const member = product.member == null ? null : compactNumber(product.member);
    for (const { line, versions } of lines) {
      const own = versions === null ? {} : { versions };
      add(keyOf("product-line", vendor, line.family), { pattern: member, ...own });
    }
    if (member !== null) {
      if (lines.length === 0) add(keyOf("order-number", vendor, member));
      continue;
    }
    const family = isForAll(product.versions) ? findMixedFamily(vendor, name) : null;
    if (family !== null) add(keyOf("product-family", vendor, family));
    for (const own of namesOf(vendor, name)) add(keyOf("product-name", vendor, own));
  }
  return [...keys.values()].slice(0, maxKeys);
}

/** A name that is limited to some serial numbers holds under that condition. */
function serialNumbersOf(name: string): string | null {
  const serial = /\bserial (?:number|no)\b.*$/i.exec(name);
  return serial === null ? null : `* only with ${serial[0]}`;
}

const minNameLength = 4;

/** The whole name, as it is compared, and the lines that it means. */
function namesOf(vendor: string, name: string): string[] {
  const whole = normalizeLineName(name);
  const names = [whole, ...findProductLines(vendor, name).map(({ line }) => line.family)];
  return [...new Set(names)].filter((own) => own.length >= minNameLength && own.length <= maxNameKeyLength);
}

function isForAll(versions: string | null): boolean {
  return versions !== null && parseVersionExpression(versions).kind === "all";
}

function joinGroups(name: string): string {
  return spellOut(name.replace(slashed, "$1$2 $1$2-$3")).replace(
    grouped,
    (_, system, kind, number, place = "", variant?: string) => {
      const joined = `${system}${kind}${number}${place}`;
      return variant === undefined ? joined : `${joined} ${joined}${variant}`;
    },
  );
}

/** Each of the numbers that are listed as one, with what may be there and without. */
function spellOut(name: string): string {
  return name.replace(listed, (_, line, list: string, infix?: string, kind?: string, suffix = "", option?: string) => {
    const infixes = infix === undefined ? [""] : ["", infix];
    const suffixes = option === undefined ? [suffix] : ["", option];
    return list
      .split("/")
      .flatMap((place) => infixes.flatMap((one) => suffixes.map((end) => `${line}${place}${one}${kind}${end}`)))
      .join(" ");
  });
}

function catalogNumbersOf(name: string): string[] {
  return (name.match(catalogNumber) ?? []).map(compactNumber).filter((number) => number.length >= minNumberLength);
}

/** The keys of a device, surest first. A number counts as order and as catalogue number: sources mix the two. */
export function keysOfHardware(hardware: KeyedHardware): ProductKey[] {
  const known = findProductFamily(hardware.orderNumber) ?? findProductFamily(hardware.catalogNumber);
  const vendor = vendorOf(hardware.manufacturer ?? known?.manufacturer ?? null);
  if (vendor === null) return [];
  const numbers = numbersOfHardware(hardware);
  const family = (known?.family ?? hardware.family)?.toLowerCase();
  const { lines, families } = groupsOfNumbers(vendor, numbers);
  return [
    ...[...numbers].map((number) => keyOf("order-number", vendor, number)),
    ...[...numbers].map((number) => keyOf("catalog-number", vendor, number)),
    ...[...numbers].flatMap((number) => rangesOf(number).map((range) => keyOf("catalog-range", vendor, range))),
    ...(family === undefined ? [] : [family, ...lines]).map((line) => keyOf("product-line", vendor, line)),
    ...families.map((name) => keyOf("product-family", vendor, name)),
    ...(hardware.model === null ? [] : namesOf(vendor, modelName(hardware.model))).map((name) =>
      keyOf("product-name", vendor, name),
    ),
  ];
}

/** Without what drives add to it: `PowerFlex 525 1P 240V .50HP`. */
function modelName(model: string): string {
  return model.replace(/ +[13]P +\d+V\b.*$/i, "");
}

function vendorOf(manufacturer: string | null): string | null {
  if (manufacturer === null) return null;
  return vendorKeysOf(manufacturer)[0] ?? vendorKey(manufacturer);
}

/** The numbers of a device as they are compared, without their series. */
export function numbersOfHardware({ orderNumber, catalogNumber, model }: KeyedHardware): Set<string> {
  const texts = [orderNumber, catalogNumber, model].filter((text) => text !== null);
  const numbers = texts.map((text) => compactNumber(splitSeries(text).number));
  return new Set(numbers.filter((number) => number.length >= minNumberLength && /\d/.test(number)));
}

function rangesOf(number: string): string[] {
  const ranges: string[] = [];
  for (let length = minKnownLength; length <= number.length; length++) ranges.push(number.slice(0, length));
  return ranges;
}

/** `1756-ENBT/A` is number and series. */
export function splitSeries(number: string): { number: string; series: string | null } {
  const match = /^(.{4,}?) ?(?:\/|,? series ?)([A-Z])$/i.exec(number.trim());
  return match === null ? { number, series: null } : { number: match[1]!, series: match[2]!.toUpperCase() };
}

/** The hardware series that a product's name limits it to; empty: all. */
export function seriesOfProduct(name: string): string[] {
  const match =
    /\bseries ([A-H](?:(?:\/|, ?| and | or | & )[A-H])*)\b(?![\w-])/i.exec(name) ??
    /(?<=[\dA-Z]{3})\/([A-H](?:\/[A-H])*)(?![\w-])/.exec(name) ??
    /\bMicroLogix \d{4} ([A-H](?:\/[A-H])*)$/i.exec(name.trim());
  return match === null ? [] : match[1]!.toUpperCase().split(/\/|, ?| AND | OR | & /);
}
