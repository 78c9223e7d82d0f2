/** A table with a column of every kind, its tokens, and random records and queries over it: for the property tests. */
import type { FieldValue, QueryRecord, Token, TokenTable } from "@breakwater/domain/query/index";
import { foldCase, joinWords } from "@breakwater/domain/query/index";
import fc from "fast-check";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { ElementSource, FieldColumn, FieldMap } from "./field-map.ts";

function itemToken(name: string, type: Token["type"], extras: Partial<Token> = {}): Token {
  return { name, type, field: name, documentation: "", example: "", ...extras };
}

const several = { isMultiple: true } as const;
const inPart = { group: "parts", isMultiple: true } as const;

export const itemTable: TokenTable = {
  id: "items",
  title: "Items",
  description: "",
  tokens: [
    itemToken("id", "integer"),
    itemToken("title", "text"),
    itemToken("notes", "text", several),
    itemToken("code", "keyword"),
    itemToken("status", "keyword", { values: ["NEW", "ACTIVE", "Fixed up"] }),
    itemToken("labels", "keyword", several),
    itemToken("cves", "keyword", { ...several, storedCase: "upper" }),
    itemToken("severity", "integer", { numberWords: { high: 4 } }),
    itemToken("count", "integer"),
    itemToken("score", "number"),
    itemToken("ratio", "number"),
    itemToken("numbers", "integer", several),
    itemToken("flag", "boolean"),
    itemToken("seen", "date"),
    itemToken("seenMs", "date"),
    itemToken("address", "address"),
    itemToken("addresses", "address", several),
    itemToken("mac", "mac"),
    itemToken("uid", "keyword", { storedCase: "lower" }),
    itemToken("owner", "text", several),
    itemToken("absent", "text"),
    itemToken("parts.name", "text", inPart),
    itemToken("parts.address", "address", inPart),
    itemToken("parts.port", "integer", inPart),
  ],
  groups: [{ name: "parts", kind: "elements", documentation: "", example: "" }],
  foreign: [],
};

const ref = (name: string): RawBuilder<unknown> => sql.ref(name);

const partColumns: ElementSource["columns"] = {
  "parts.name": { kind: "text", column: ref("p.name") },
  "parts.address": { kind: "inet", column: ref("p.address") },
  "parts.port": { kind: "integer", column: ref("p.port") },
};

/** Every value computed from its plain column; parts are rows, `owner` is a related table. */
export const plainFields: FieldMap = {
  columns: {
    id: { kind: "integer", column: ref("i.id") },
    title: { kind: "text", column: ref("i.title") },
    notes: { kind: "text", column: ref("i.notes"), isArray: true },
    code: { kind: "keyword", column: ref("i.code") },
    status: { kind: "keyword", column: ref("i.status") },
    labels: { kind: "keyword", column: ref("i.labels"), isArray: true },
    cves: { kind: "keyword", column: ref("i.cves"), isArray: true },
    severity: { kind: "integer", column: ref("i.severity") },
    count: { kind: "integer", column: ref("i.count") },
    score: { kind: "float", column: ref("i.score") },
    ratio: { kind: "numeric", column: ref("i.ratio") },
    numbers: { kind: "integer", column: ref("i.numbers"), isArray: true },
    flag: { kind: "boolean", column: ref("i.flag") },
    seen: { kind: "timestamp", column: ref("i.seen") },
    seenMs: { kind: "epoch-ms", column: ref("i.seen_ms") },
    address: { kind: "inet", column: ref("i.address") },
    addresses: { kind: "inet", column: ref("i.addresses"), isArray: true },
    mac: { kind: "keyword", column: ref("i.mac") },
    uid: { kind: "uuid", column: ref("i.uid") },
    owner: {
      kind: "text",
      column: ref("o.name"),
      related: { from: sql`owner as o`, where: sql`o.item_id = i.id` },
    },
  },
  groups: { parts: { from: sql`part as p`, where: sql`p.item_id = i.id`, columns: partColumns } },
};

function withStored(field: string, stored: Pick<FieldColumn, "folded" | "words" | "distinct">): [string, FieldColumn] {
  return [field, { ...plainFields.columns[field]!, ...stored }];
}

/** The same data by stored words, folded values and values that rows share, parts from JSON in the row. */
export const storedFields: FieldMap = {
  columns: {
    ...plainFields.columns,
    ...Object.fromEntries([
      withStored("title", { folded: ref("i.title_folded"), words: ref("i.title_words") }),
      withStored("status", { distinct: sql`(select distinct status as value from item) few` }),
      withStored("notes", { words: ref("i.notes_words") }),
      withStored("code", { folded: ref("i.code_folded") }),
      withStored("labels", { folded: ref("i.labels_folded") }),
    ]),
  },
  groups: {
    parts: {
      from: sql`jsonb_to_recordset(i.parts) as p(name text, address inet, port integer)`,
      where: sql`true`,
      columns: partColumns,
    },
  },
};

export async function createItemTables(db: Kysely<unknown>): Promise<void> {
  await sql`create table item (
    id integer primary key, title text, title_folded text, title_words text, notes text[], notes_words text[],
    code text, code_folded text, status text, labels text[], labels_folded text[], cves text[], severity smallint,
    count bigint, score float8, ratio numeric, numbers integer[], flag boolean, seen timestamptz, seen_ms bigint,
    address inet, addresses inet[], mac text, uid uuid, parts jsonb)`.execute(db);
  await sql`create table part (item_id integer, name text, address inet, port integer)`.execute(db);
  await sql`create table owner (item_id integer, name text)`.execute(db);
}

const hostileTexts = [
  "Remote code-execution (PLC)",
  "remote",
  "host.corp.com",
  "host.corp.com.",
  "10,125 users",
  "550e8400-e29b-41d4-a716-446655440000",
  "id 550E8400-e29b-41d4-a716-446655440000, remote",
  "550e8400-e29b-41d4-a716-4466554400001 plc",
  "a_b%c\\d",
  "A*B",
  "'; drop table item; --",
  "Größe ẞ İ ΣΟΦΟΣ",
  "日本語。次",
  'say "x" `y`',
  "x\ty\nz",
  "\u00a0\u2003nb\u200bsp",
  "",
  "$1 {a,b} NULL",
];
const characters = fc.constantFrom(..."aAbZ09 .,-_%*\\'\"`{}[]()é\u0130\u03a3\u00b7\u2028\u{1f600}");
const textValue = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: characters, maxLength: 8 }));
const keywordValue = fc.constantFrom(
  "A-1",
  "a-1",
  "NEW",
  "new",
  "Fixed up",
  "null",
  "{}",
  "a,b",
  "CVE-2021-1",
  "x*y",
  "é",
  "É",
);
const integerValue = fc.constantFrom(-1, 0, 1, 4, 5, 443, 32_767);
const countValue = fc.constantFrom(0, 7, -7, 2 ** 40, Number.MAX_SAFE_INTEGER);
const numberValue = fc.constantFrom(0, 0.1, 0.5, 1, 7.5, -2.25, 1e-7, 1e21);
const timeValue = fc.constantFrom(
  ...["2026-03-31T12:00:00.000Z", "2026-03-31T11:59:59.999Z", "2026-03-31T00:00:00Z", "2026-04-01T00:00:00Z"].map(
    Date.parse,
  ),
  ...["2026-02-28T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2025-03-31T12:00:00Z"].map(
    Date.parse,
  ),
);
const addressValue = fc.constantFrom(
  "10.0.0.1",
  "10.0.0.9",
  "10.1.2.3",
  "192.168.0.1",
  "255.255.255.255",
  "fe80::1",
  "2001:db8::ff",
  "::",
);
const macValue = fc.constantFrom("00:1d:9c:aa:bb:01", "00:1d:9c:aa:bb:02", "ac:64:17:00:00:01");
const uuidValue = fc.constantFrom("550e8400-e29b-41d4-a716-446655440000", "00000000-0000-0000-0000-000000000000");

const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 4 });
const listOf = <Value>(value: fc.Arbitrary<Value>) => optional(fc.array(optional(value), { maxLength: 3 }));

/** A record without its id. */
export const itemRecord: fc.Arbitrary<QueryRecord> = fc.record({
  title: optional(textValue),
  notes: listOf(textValue),
  code: optional(keywordValue),
  status: optional(keywordValue),
  labels: listOf(keywordValue),
  cves: listOf(keywordValue),
  severity: optional(integerValue),
  count: optional(countValue),
  score: optional(numberValue),
  ratio: optional(numberValue),
  numbers: listOf(integerValue),
  flag: optional(fc.boolean()),
  seen: optional(timeValue),
  seenMs: optional(timeValue),
  address: optional(addressValue),
  addresses: listOf(addressValue),
  mac: optional(macValue),
  uid: optional(uuidValue),
  owner: fc.array(optional(textValue), { maxLength: 2 }),
  parts: fc.array(
    fc.record({
      "parts.name": optional(textValue),
      "parts.address": optional(addressValue),
      "parts.port": optional(integerValue),
    }),
    { maxLength: 3 },
  ),
});

const mapTexts = (value: QueryRecord[string], to: (text: string) => string) =>
  Array.isArray(value)
    ? value.map((item) => (item === null ? null : to(String(item))))
    : value === null
      ? null
      : to(String(value));

/** Writes records (with ids) as a store would: derived columns beside the plain ones. */
export async function insertItems(db: Kysely<unknown>, records: readonly QueryRecord[]): Promise<void> {
  const toIso = (value: QueryRecord[string]) => (value === null ? null : new Date(Number(value)).toISOString());
  for (const record of records) {
    const parts = (record.parts as readonly QueryRecord[]).map((part) => ({
      name: part["parts.name"],
      address: part["parts.address"],
      port: part["parts.port"],
    }));
    const values: readonly unknown[] = [
      ...[record.id, record.title, mapTexts(record.title, foldCase), mapTexts(record.title, joinWords)],
      ...[record.notes, mapTexts(record.notes, joinWords), record.code, mapTexts(record.code, foldCase), record.status],
      ...[record.labels, mapTexts(record.labels, foldCase), record.cves, record.severity, record.count, record.score],
      ...[record.ratio, record.numbers, record.flag, toIso(record.seen), record.seenMs, record.address],
      ...[record.addresses, record.mac, record.uid, JSON.stringify(parts)],
    ];
    await sql`insert into item values (${sql.join(values.map((value) => sql.val(value)))})`.execute(db);
    for (const { name, address, port } of parts) {
      await sql`insert into part values (${record.id}, ${name}, ${address}, ${port})`.execute(db);
    }
    for (const name of record.owner as readonly FieldValue[]) {
      await sql`insert into owner values (${record.id}, ${name})`.execute(db);
    }
  }
}

const quote = (sign: string) => (text: string) =>
  sign + text.replaceAll("\\", "\\\\").replaceAll(sign, `\\${sign}`) + sign;
const starred = fc.constantFrom("*", "a*", "*a", "*code*", "re*te", "*.*", "*%*", "**", "x*y", "*_*");
const bareWord = fc.constantFrom(
  "re",
  "remote",
  "code-x",
  "host.corp",
  "host.corp.com",
  "10,125",
  "10",
  "plc",
  "a_",
  "Σ",
  "σ",
  "550E",
  "日本",
  "b",
  "%c",
);

const quotedText = textValue.chain((text) => fc.constantFrom('"', "'", "`").map((sign) => quote(sign)(text)));
const literals: Readonly<Record<Token["type"], fc.Arbitrary<string>>> = {
  text: fc.oneof(bareWord, starred, starred.map(quote('"')), quotedText),
  keyword: fc.oneof(
    keywordValue.chain((text) => fc.constantFrom('"', "`").map((sign) => quote(sign)(text))),
    fc.constantFrom("a-1", "new", "fixed*", "*-1", "cve-2021-1", "*", "550E8400-e29b-41d4-a716-446655440000", "550e*"),
  ),
  integer: fc.oneof(integerValue.map(String), countValue.map(String), fc.constant("high")),
  number: numberValue.map(String),
  boolean: fc.constantFrom("true", "FALSE", "no", '"true"'),
  date: fc.oneof(
    timeValue.map((timeMs) => quote('"')(new Date(timeMs).toISOString())),
    fc.constantFrom("2026-03-31", "9999-12-31", "0001-01-01", "now", "now-1M", "now-1y", "now-1d", "2026-03-31T12:00"),
  ),
  address: addressValue,
  mac: fc.oneof(macValue, fc.constantFrom("00:1d:9c", "00-1D-9C*", "ac:6*")),
};
const networks = fc.constantFrom(
  "10.0.0.0/8",
  "10.0.0.0/30",
  "fe80::/10",
  "::/0",
  "0.0.0.0/0",
  "10.*",
  "10.0.0.1-10.0.0.200",
  "192.168.0.1/32",
);
const ordered: ReadonlySet<string> = new Set(["integer", "number", "date", "address"]);

function operand(type: Token["type"]): fc.Arbitrary<string> {
  const value = literals[type].filter((text) => type !== "integer" || text !== "");
  const matched = type === "address" ? fc.oneof(value, networks) : value;
  const quoted = matched.map((text) => (/^[^"'`].*[,]/.test(text) ? quote('"')(text) : text));
  const list = fc.array(quoted, { minLength: 1, maxLength: 12 }).map((values) => `[${values.join(", ")}]`);
  const forms = [
    matched.map((text) => `:${text}`),
    list.map((text) => `:${text}`),
    fc.tuple(fc.constantFrom("=", "!="), fc.oneof(matched, list)).map((parts) => parts.join("")),
    fc.constantFrom(" is null", " is not null"),
  ];
  if (!ordered.has(type)) return fc.oneof(...forms);
  const pair = fc.tuple(value, value, fc.constantFrom("..", "..."));
  forms.push(
    fc.tuple(fc.constantFrom(">", ">=", "<", "<="), value).map((parts) => parts.join("")),
    pair.map(([low, high, dots]) => `:[${low} ${dots} ${high}]`),
    pair.map(([low, high, dots]) => `:(${low} ${dots} ${high})`),
  );
  return fc.oneof(...forms);
}

function conditionOf(tokens: readonly Token[], prefix: string): fc.Arbitrary<string> {
  const one = (token: Token) => operand(token.type).map((text) => token.name.slice(prefix.length) + text);
  return fc.oneof(...tokens.map(one));
}

function combine(leaf: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ query: string }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.tuple(tie("query"), tie("query")).map(([left, right]) => `(${left} and ${right})`),
      fc.tuple(tie("query"), tie("query")).map(([left, right]) => `(${left} or ${right})`),
      tie("query").map((query) => `not ${query}`),
    ),
  })).query;
}

const partTokens = itemTable.tokens.filter(({ group }) => group === "parts");
const inGroup = combine(conditionOf(partTokens, "parts.")).map((query) => `parts:(${query})`);

/** Text of a query over the item table. Now and then a value does not fit its token. */
export const itemQuery: fc.Arbitrary<string> = combine(
  fc.oneof({ weight: 6, arbitrary: conditionOf(itemTable.tokens, "") }, { weight: 1, arbitrary: inGroup }),
);
