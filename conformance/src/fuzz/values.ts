import fc from "fast-check";
import type { Schema } from "./operations.ts";

/** Values that a member of this name is likely to be asked for, so that calls get past the first check. */
export type Hints = Readonly<Record<string, readonly unknown[]>>;

const LONGEST_TEXT = 40;

const uuid = fc.uuid();
const time = fc.constantFrom("2025-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z");

/** A value that the schema allows: ordinary, or at one of its bounds. */
export function validValue(schema: Schema, hints: Hints = {}, name = ""): fc.Arbitrary<unknown> {
  const plain = byType(schema, hints);
  const hinted = hints[name];
  if (!hinted || hinted.length === 0) return plain;
  // A list's hints are those of its elements.
  const known = fc.constantFrom(...hinted);
  const fit = schema.type === "array" && !hinted.some(Array.isArray) ? fc.array(known, { maxLength: 3 }) : known;
  return fc.oneof({ weight: 4, arbitrary: fit }, { weight: 1, arbitrary: plain });
}

function byType(schema: Schema, hints: Hints): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => byType(one, hints)));
  const types = [schema.type ?? "object"].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema, hints)));
}

function ofType(type: string, schema: Schema, hints: Hints): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return validText(schema);
    case "integer":
    case "number":
      return validNumber(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array": {
      const { minItems = 0, maxItems = 3 } = schema;
      const maxLength = Math.max(minItems, Math.min(3, maxItems));
      return fc.array(validValue(schema.items ?? {}, hints), { minLength: minItems, maxLength });
    }
    default:
      return validObject(schema, hints);
  }
}

function validText({ format, pattern, minLength = 0, maxLength = LONGEST_TEXT }: Schema): fc.Arbitrary<string> {
  if (format === "uuid") return uuid;
  if (format === "date-time") return time;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, maxLength));
  const most = Math.max(minLength, Math.min(maxLength, LONGEST_TEXT));
  const longest = Math.min(maxLength, 5_000);
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ minLength, maxLength: most }) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", minLength, maxLength: most }) },
    { weight: 1, arbitrary: fc.constantFrom("x".repeat(minLength), "x".repeat(longest), "é".repeat(longest)) },
  );
}

function validNumber({ minimum = -1_000, maximum = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(minimum, maximum, Math.min(minimum + 1, maximum)),
    fc.integer({ min: minimum, max: Math.min(maximum, minimum + 1_000) }),
  );
}

/** Members that need not be there mostly are not: all of them at once contradict each other. */
function validObject({ properties = {}, required = [] }: Schema, hints: Hints): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.entries(properties).map(([name, schema]) => {
    const value = validValue(schema, hints, name).map((one): [string, unknown][] => [[name, one]]);
    const absences = name in hints ? 1 : 3;
    const absent = { weight: required.includes(name) ? 0 : absences, arbitrary: fc.constant<[string, unknown][]>([]) };
    return fc.oneof({ weight: 1, arbitrary: value }, absent);
  });
  return fc.tuple(...members).map((present) => Object.fromEntries(present.flat()));
}

const deep = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`) as unknown;

/** What no schema of ours asks for, or what breaks programs that are not careful. */
export const BAD_VALUES: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [[]],
  [null],
  "",
  " ",
  0,
  -1,
  0.5,
  -0,
  1e308,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  "NaN",
  "1e5",
  "0x10",
  "9223372036854775808",
  "\0",
  "a\0b",
  "\ud800",
  "\udc00x",
  "\u202egnp.exe",
  "\u200b",
  "\ufeff",
  "__proto__",
  "constructor",
  "toString",
  "' OR 1=1--",
  "\\",
  "%00",
  "../../../etc/passwd",
  "$" + "{jndi:ldap://x}",
  "<script>alert(1)</script>",
  "{{7*7}}",
  "x".repeat(3_000),
  "x".repeat(70_000),
  "\u{1f980}".repeat(300),
  "2025-13-45T99:99:99Z",
  "99999-01-01",
  "00000000-0000-0000-0000-000000000000",
  ["a", "a"],
  Array.from({ length: 3_000 }, (_, n) => n),
  { length: -1 },
  { toString: 1, valueOf: null },
  deep(60),
  deep(200),
];

export const badValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...BAD_VALUES) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
);

/** Queries and sorts, good and bad: what the query language makes of the worst of them. */
export const QUERIES: readonly string[] = [
  "asset.name:web*",
  "asset.criticalityScore>=4 and not asset.tag.name:`Internet facing`",
  "asset.interface.address:10.0.0.0/8",
  "asset.interface:(address:10.0.0.1 and hostname:a*)",
  "asset.riskScore:[1 .. 1000]",
  "finding.severity>3 or finding.status:NEW",
  'finding.title:"remote code execution"',
  "interfaces.port:102",
  "asset.inventory.createdDate>now-7d",
  "asset.name:",
  "asset.nam:x",
  "((((asset.name:x",
  `${"(".repeat(900)}asset.name:x${")".repeat(900)}`,
  `${"not ".repeat(1_000)}asset.name:x`,
  "asset.assetId:99999999999999999999",
  "asset.riskScore:[9999999999 .. -1]",
  "asset.interface.address:999.1.1.1/99",
  "asset.name:`\0`",
  "asset.name:\ud800",
  `asset.name:${"*a".repeat(200)}`,
  `asset.name:[${"a,".repeat(2_000)}b]`,
  "asset.inventory.createdDate:[now-99999999d .. 2025-99-99]",
];

export const SORTS: readonly string[] = [
  '[{"asset.name":"asc"}]',
  '[{"asset.riskScore":"desc"},{"asset.name":"asc"}]',
  '[{"finding.qds":"desc"}]',
  '[{"asset.risk":"desc"}]',
  "[",
  "[]",
  "{}",
  "null",
  '[{"__proto__":"asc"}]',
  '[{"asset.name":"up"}]',
  '[{"asset.name":"asc","asset.risk":"asc"}]',
  `[${'{"asset.name":"asc"},'.repeat(100)}{"asset.name":"asc"}]`,
];
