import { AppError } from "@breakwater/contract";
import type { CsvMappingBody } from "@breakwater/contract/schemas/connection";
import { type CsvMapping, csvFields, isCsvHeaderOf } from "@breakwater/formats/scanners/generic-csv/index";
import type { Static } from "typebox";
import { assertVisibleName } from "../users/index.ts";

/** A connection's mapping, and whether it goes before the formats that are known. */
export type ConnectionCsvMapping = CsvMapping & { always?: boolean };

type Body = Static<typeof CsvMappingBody>;
type Transform = NonNullable<Body["transforms"]>[string][number];

const MAX_WORDS = 500;
const FIELDS: ReadonlySet<string> = new Set(csvFields);

/**
 * A mapping as it is kept: words in lower case, nothing in it that nobody reads.
 *
 * @throws AppError `invalid-parameter` naming the member and what is wrong with it
 */
export function toCsvMapping(body: Body): ConnectionCsvMapping {
  const { product, always, delimiter, qualifier, columns, transforms = {}, scores, dateOrder } = body;
  assertVisibleName(product, "csvMapping.product");
  assertFields(columns, "csvMapping.columns");
  assertFields(transforms, "csvMapping.transforms");
  const names = Object.entries(columns).map(([field, own]) => [field, own.map((name) => name.trim())] as const);
  const mapping = {
    product,
    ...(always === undefined ? {} : { always }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(qualifier === undefined ? {} : { qualifier }),
    columns: Object.fromEntries(names),
    transforms: Object.fromEntries(Object.entries(transforms).map(([field, steps]) => [field, toSteps(field, steps)])),
    severities: toWords("csvMapping.severities", body.severities),
    ...(scores === undefined ? {} : { scores: scores.map(({ least, severity }) => ({ least, severity })) }),
    states: toWords("csvMapping.states", body.states),
    ...(dateOrder === undefined ? {} : { dateOrder }),
  } as ConnectionCsvMapping;
  assertStorable(mapping);
  const all = names.flatMap(([, own]) => own.map((name) => name.toLowerCase()));
  if (!isCsvHeaderOf(mapping, all)) {
    refuse("csvMapping.columns", "must tell on what (host or address) and what (title, cve or id) a finding is");
  }
  return mapping;
}

function assertFields(members: object, member: string): void {
  const unknown = Object.keys(members).find((field) => !FIELDS.has(field));
  if (unknown === undefined) return;
  refuse(member, `has no field ${JSON.stringify(unknown.slice(0, 100))}; the fields are ${csvFields.join(", ")}`);
}

function toSteps(field: string, steps: readonly Transform[]) {
  return steps.map(({ kind, from, to, mark }, index) => {
    const member = `csvMapping.transforms.${field}.${index}`;
    if (kind === "lower" || kind === "upper") return { kind };
    if (kind === "replace") {
      return from && to !== undefined ? { kind, from, to } : refuse(member, "needs from, which is not empty, and to");
    }
    return mark ? { kind, mark } : refuse(member, "needs mark, which is not empty");
  });
}

function toWords<T>(member: string, words: Readonly<Record<string, T>> = {}): Record<string, T> {
  const entries = Object.entries(words);
  if (entries.length > MAX_WORDS) refuse(member, `has more than ${MAX_WORDS} words`);
  return Object.fromEntries(entries.map(([word, meaning]) => [word.trim().toLowerCase(), meaning]));
}

/** What the database cannot keep in JSON. */
function assertStorable(value: unknown): void {
  const text = JSON.stringify(value);
  if (/\\u(0000|d[89a-f])/i.test(text)) refuse("csvMapping", "must not hold NUL or half characters");
}

function refuse(member: string, fault: string): never {
  throw new AppError("invalid-parameter", `${member} ${fault}`);
}
