import { findProductFamily } from "../product-families.ts";
import { vendorKey } from "../vendor.ts";
import { findMixedFamily, findProductLines, groupsOfNumbers } from "./product-lines.ts";
import { vendorKeysOf } from "./vendor-aliases.ts";
import { parseVersionExpression } from "./version-expression.ts";

/** How a product was recognised, the surest first. */
export const keyKinds = ["order-number", "catalog-number", "catalog-range", "product-line", "product-family"] as const;
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
/** `BMXP34*`, `CJ2M-CPU[][]`, `1756-L8z`: a number whose end is left open. */
const openNumber =
  /(?<![\w-])((?=[A-Z0-9 -]*\d)[A-Z0-9]{2,}(?: ?- ?[A-Z0-9]+)*)(?:\*+|(?:\[\])+|(?: ?□)+|[xz]{1,3}(?![a-z0-9]))/g;
const minRangeLength = 5;
const maxNameLength = 500;
const maxKeys = 64;
const maxNumberLength = 40;

export function keyOf(kind: KeyKind, vendor: string, value: string): ProductKey {
  return `${kind}:${vendor}:${value}`;
}

export function kindOfKey(key: ProductKey): KeyKind {
  return key.slice(0, key.indexOf(":")) as KeyKind;
}

/** A number as it is compared: upper case, letters and digits only. */
export function compactNumber(number: string): string {
  return number
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .slice(0, maxNumberLength);
}

/** A key, and the versions that the product's name sets beside its expression. */
export type NamedKey = { key: ProductKey; versions: string | null };

/** The keys that an advisory's product can be recognised by. */
export function keysOfProduct(product: {
  vendor: string;
  name: string;
  versions: string | null;
  modelNumbers: readonly string[];
}): NamedKey[] {
  const vendors = vendorKeysOf(product.vendor);
  // What a name excepts is not meant.
  const name = product.name.slice(0, maxNameLength).replace(/\b(except|excluding|excl\.|without)\b.*$/i, "");
  const keys = new Map<ProductKey, NamedKey>();
  const add = (key: ProductKey, versions: string | null = null) => keys.set(key, { key, versions });
  const numbers = [...product.modelNumbers, name].flatMap((text) => text.slice(0, maxNameLength).match(mlfb) ?? []);
  for (const number of numbers) add(keyOf("order-number", "siemens", compactNumber(number)));
  for (const vendor of vendors) {
    for (const number of product.modelNumbers) {
      if (/[*?]/.test(number)) continue;
      const compact = compactNumber(number);
      if (compact.length >= minRangeLength) add(keyOf("order-number", vendor, compact));
    }
    for (const key of numberKeys(vendor, name)) add(key);
    for (const { line, versions } of findProductLines(vendor, name))
      add(keyOf("product-line", vendor, line.family), versions);
    const family = isForAll(product.versions) ? findMixedFamily(vendor, name) : null;
    if (family !== null) add(keyOf("product-family", vendor, family));
  }
  return [...keys.values()].slice(0, maxKeys);
}

function isForAll(versions: string | null): boolean {
  return versions !== null && parseVersionExpression(versions).kind === "all";
}

/** Catalogue numbers and ranges of them in a product's name. Siemens' names have order numbers, and `S7-1200` is none. */
function numberKeys(vendor: string, name: string): ProductKey[] {
  if (vendor === "siemens") return [];
  const whole = [...name.matchAll(catalogNumber)].map(([number]) => ["catalog-number", compactNumber(number)] as const);
  const open = [...name.matchAll(openNumber)].map(([, number]) => ["catalog-range", compactNumber(number!)] as const);
  return [...whole, ...open]
    .filter(([, compact]) => compact.length >= minRangeLength)
    .map(([kind, compact]) => keyOf(kind, vendor, compact));
}

/** The keys of a device, surest first. A number counts as order and as catalogue number: sources mix the two. */
export function keysOfHardware(hardware: KeyedHardware): ProductKey[] {
  const known = findProductFamily(hardware.orderNumber) ?? findProductFamily(hardware.catalogNumber);
  const vendor = vendorOf(hardware.manufacturer ?? known?.manufacturer ?? null);
  if (vendor === null) return [];
  const texts = [hardware.orderNumber, hardware.catalogNumber, hardware.model].filter((text) => text !== null);
  const numbers = new Set<string>();
  for (const text of texts) {
    const compact = compactNumber(splitSeries(text).number);
    if (compact.length >= minRangeLength && /\d/.test(compact)) numbers.add(compact);
  }
  const family = (known?.family ?? hardware.family)?.toLowerCase();
  const { lines, families } = groupsOfNumbers(vendor, numbers);
  return [
    ...[...numbers].map((number) => keyOf("order-number", vendor, number)),
    ...[...numbers].map((number) => keyOf("catalog-number", vendor, number)),
    ...[...numbers].flatMap((number) => rangesOf(number).map((range) => keyOf("catalog-range", vendor, range))),
    ...(family === undefined ? [] : [family, ...lines]).map((line) => keyOf("product-line", vendor, line)),
    ...families.map((name) => keyOf("product-family", vendor, name)),
  ];
}

function vendorOf(manufacturer: string | null): string | null {
  if (manufacturer === null) return null;
  return vendorKeysOf(manufacturer)[0] ?? vendorKey(manufacturer);
}

function rangesOf(number: string): string[] {
  const ranges: string[] = [];
  for (let length = minRangeLength; length < number.length; length++) ranges.push(number.slice(0, length));
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
