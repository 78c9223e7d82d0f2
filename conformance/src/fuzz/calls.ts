import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { ApiOperation, Parameter } from "./operations.ts";
import type { FuzzCall } from "./send.ts";
import { BAD_VALUES, badValue, type Hints, validValue } from "./values.ts";

/** A caller and what may be put into its calls. */
export type FuzzCaller = {
  name: string;
  token?: string;
  /** Headers with which an API client gets its token. */
  credentials?: Readonly<Record<string, string>>;
  hints: Hints;
  /**
   * By operation: parameters and members of the body that never get other ordinary values than these, because others
   * would end the run itself, e.g. by limits of one call a day.
   */
  pins: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>;
};

type Json = Record<string, unknown>;
type Sent = Pick<FuzzCall, "headers" | "body" | "isCut">;

/** Calls of an operation, from right ones to those that hardly are one. */
export function callsOf(operation: ApiOperation, caller: FuzzCaller): fc.Arbitrary<FuzzCall> {
  const pins = caller.pins[operation.id] ?? {};
  const hints = { ...caller.hints, ...pins };
  return fc
    .record({
      path: pathOf(operation, hints),
      query: queryOf(operation.query, hints, pins),
      sent: operation.body ? bodyOf(operation.body, hints, pins) : noBody,
      headers: oddHeaders,
      method: fc.oneof(
        { weight: 40, arbitrary: fc.constant(operation.method) },
        { weight: 1, arbitrary: fc.constantFrom("HEAD", "OPTIONS", "PATCH", "TRACE") },
      ),
    })
    .map(({ path, query, sent, headers, method }) => ({
      operation: operation.id,
      method,
      path: query === "" ? path : `${path}?${query}`,
      headers: {
        ...(caller.token === undefined ? {} : { authorization: `Bearer ${caller.token}` }),
        ...(operation.id.startsWith("auth.o") ? caller.credentials : {}),
        ...headers,
        ...sent.headers,
      },
      ...(sent.body === undefined || method === "TRACE" ? {} : { body: sent.body }),
      ...(sent.isCut ? { isCut: true } : {}),
    }));
}

const encode = (value: unknown) => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return encodeURIComponent(text.toWellFormed().slice(0, 9_000));
};
const rawText = fc.constantFrom(
  "%",
  "%zz",
  "%00",
  "%c0%af",
  "%ed%a0%80",
  "%2e%2e%2f",
  "a%20b",
  ";",
  "'",
  "~",
  "..",
  "%F0%9F",
);

function pathOf({ path, params }: ApiOperation, hints: Hints): fc.Arbitrary<string> {
  const values = params.map(({ name, schema }) =>
    fc.oneof(
      { weight: 8, arbitrary: validValue(schema, hints, name).map(encode) },
      { weight: 1, arbitrary: badValue.map(encode) },
      { weight: 1, arbitrary: rawText },
    ),
  );
  const filled = fc.tuple(...values).map((texts) => {
    const left = [...texts];
    return path.replaceAll(/\{\w+\}/g, () => left.shift() ?? "");
  });
  return fc.oneof({ weight: 30, arbitrary: filled }, { weight: 1, arbitrary: filled.chain(bendPath) });
}

function bendPath(path: string): fc.Arbitrary<string> {
  return fc.constantFrom(
    `${path}/`,
    `${path}//`,
    `${path}/x`,
    `${path}%00`,
    `${path};a=b`,
    `/.${path}`,
    `/x/..${path}`,
    path.replace("/", "//"),
    path.replace(/\/1\.0\//, "/v1/"),
    path.replace(/\/(1\.0|v1)\//, "/2.0/"),
    path.replace(/\/(1\.0|v1)\//, "/v999999999999999999999/"),
    path.toUpperCase(),
    path.slice(0, -1),
    `${path}#x`,
    `${path}${"/a".repeat(2_000)}`,
  );
}

function queryOf(parameters: Parameter[], hints: Hints, pins: Hints): fc.Arbitrary<string> {
  const each = parameters.map(({ name, schema, isRequired }) => {
    const right = validValue(schema, hints, name).map((value) => `${name}=${encode(value)}`);
    const wrong = fc.oneof(
      badValue.map((value) => `${name}=${encode(value)}`),
      rawText.map((text) => `${name}=${text}`),
      right.map((text) => `${text}&${text}`),
      fc.constantFrom(`${name}`, `${name}=`, `${name}[]=1`, `${name}[a]=1`, `${name}.x=1`),
    );
    const none = { weight: isRequired ? 1 : 8, arbitrary: fc.constant("") };
    const bad = { weight: name in pins ? 0 : 2, arbitrary: wrong };
    return fc.oneof({ weight: 10, arbitrary: right }, bad, none);
  });
  const extra = fc.oneof(
    { weight: 30, arbitrary: fc.constant("") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "__proto__=1",
        "constructor=1",
        "a=%",
        "&&&",
        "=",
        `x=${"y".repeat(20_000)}`,
        "a=1&".repeat(150),
      ),
    },
  );
  return fc.tuple(...each, extra).map((texts) => texts.filter((text) => text !== "").join("&"));
}

const noBody: fc.Arbitrary<Sent> = fc.oneof(
  { weight: 20, arbitrary: fc.constant({ headers: {} }) },
  { weight: 1, arbitrary: fc.constant({ headers: { "content-type": "application/json" }, body: Buffer.from("{}") }) },
  { weight: 1, arbitrary: fc.constant({ headers: { "content-type": "text/plain" }, body: Buffer.alloc(70_000, 120) }) },
);

function bodyOf(body: NonNullable<ApiOperation["body"]>, hints: Hints, pins: Hints): fc.Arbitrary<Sent> {
  const { contentType, schema } = body;
  const headers = { "content-type": contentType };
  if (contentType === "application/octet-stream") return files;
  const isForm = contentType.includes("form");
  const write = isForm ? toForm : (value: unknown) => JSON.stringify(value);
  const right = validValue(schema, hints) as fc.Arbitrary<Json>;
  const bent = fc
    .tuple(right, fc.array(change(schema), { minLength: 1, maxLength: 2 }))
    .map(([value, changes]) => changes.reduce((rest, apply) => apply(rest), value));
  const pinned = (values: fc.Arbitrary<Json>) =>
    fc.tuple(values, fc.nat()).map(([value, n]) => Buffer.from(write(keepPins(value, pins, n))));
  const whole = fc.oneof({ weight: 3, arbitrary: pinned(right) }, { weight: 3, arbitrary: pinned(bent) });
  return fc.oneof(
    { weight: 16, arbitrary: whole.map((bytes) => ({ headers, body: bytes })) },
    // What follows cannot be right, so that pins do not matter.
    {
      weight: 1,
      arbitrary: badValue.map((value) => ({
        headers,
        body: Buffer.from(JSON.stringify(Array.isArray(value) ? value : [value])),
      })),
    },
    { weight: 1, arbitrary: whole.map((bytes) => ({ headers, body: bytes.subarray(0, bytes.length - 1) })) },
    { weight: 1, arbitrary: whole.map((bytes) => ({ headers, body: bytes, isCut: true })) },
    {
      weight: 1,
      arbitrary: whole.chain((bytes) => oddType.map((type) => ({ headers: { "content-type": type }, body: bytes }))),
    },
    {
      weight: 1,
      arbitrary: whole.map((bytes) => ({ headers: { ...headers, "content-encoding": "gzip" }, body: gzipSync(bytes) })),
    },
    { weight: 1, arbitrary: oddBytes.map((bytes) => ({ headers, body: bytes })) },
  );
}

const oddType = fc.constantFrom(
  "text/plain",
  "application/xml",
  "application/json; charset=utf-16",
  "a",
  "multipart/form-data",
  'application/x-www-form-urlencoded; boundary="',
);

const oddBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      "",
      " ",
      "\ufeff{}",
      "nul",
      "{}{}",
      '{"a":1,"a":2}',
      '{"__proto__":{"isOperator":true}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '{"name":"\\ud800"}',
      '{"name":"\\u0000"}',
      '{"x":1e999}',
      '{"x":-0}',
      "[".repeat(60_000),
      `${'{"a":'.repeat(10_000)}1`,
      `"${"x".repeat(70_000)}"`,
      "a=1&".repeat(200),
      "username=%zz&password=%00",
    )
    .map((text) => Buffer.from(text)),
  fc.constant(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
);

type Apply = (value: Json) => Json;

/** One thing wrong with an object. */
function change(schema: { properties?: Record<string, unknown> }): fc.Arbitrary<Apply> {
  const names = Object.keys(schema.properties ?? {});
  const name = fc.constantFrom(...(names.length > 0 ? names : ["name"]));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(name, badValue).map(
        ([at, bad]): Apply =>
          (value) => ({ ...value, [at]: bad }),
      ),
    },
    {
      weight: 1,
      arbitrary: name.map(
        (at): Apply =>
          ({ [at]: _gone, ...rest }) =>
            rest,
      ),
    },
    {
      weight: 1,
      arbitrary: name.map(
        (at): Apply =>
          (value) => ({ ...value, [at]: [value[at]] }),
      ),
    },
    {
      weight: 1,
      arbitrary: name.map(
        (at): Apply =>
          (value) => ({ ...value, [at]: { a: value[at] } }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("toString", "hasOwnProperty", "x".repeat(3_000), "", "subscriptionId", "isOperator")
        .map(
          (at): Apply =>
            (value) =>
              at in value ? value : { ...value, [at]: 1 },
        ),
    },
  );
}

/** Without a subscription it would be the caller's own that is meant. */
function keepPins(value: Json, pins: Hints, n: number): Json {
  const kept = { ...value };
  for (const [name, values] of Object.entries(pins)) {
    if (Object.hasOwn(kept, name) || name === "subscriptionId") kept[name] = values[n % values.length];
  }
  return kept;
}

function toForm(value: unknown): string {
  const form = new URLSearchParams();
  for (const [name, member] of Object.entries(value as Json)) {
    form.set(name, typeof member === "string" ? member.toWellFormed() : (JSON.stringify(member) ?? ""));
  }
  return form.toString();
}

const XML_BOMB = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><NessusClientData_v2><Report name="&b;"/></NessusClientData_v2>`;
const SCAN =
  '<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Report name="x"><ReportHost name="10.3.0.1"><HostProperties><tag name="host-ip">10.3.0.1</tag></HostProperties></ReportHost></Report>\n</NessusClientData_v2>\n';

/** Files to import: what looks like one of ours, and is not quite. */
const files: fc.Arbitrary<Sent> = fc
  .record({
    bytes: fc.oneof(
      fc
        .constantFrom(SCAN, XML_BOMB, SCAN.slice(0, 150), "", "<a>".repeat(20_000), "{", "\ud800")
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .uint8Array({ maxLength: 300 })
        .map((bytes) => Buffer.concat([Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex"), bytes])),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from("PK\u0003\u0004", "latin1"), bytes])),
      fc.constant(gzipSync(Buffer.alloc(3_000_000, 97))),
      fc.constant(gzipSync(SCAN).subarray(0, 60)),
    ),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant("application/octet-stream") },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          "multipart/form-data",
          "multipart/form-data; boundary=x",
          "text/xml",
          "application/json",
          "a/b; c",
        ),
      },
    ),
    coding: fc.constantFrom({}, {}, { "content-encoding": "gzip" }, { "content-encoding": "compress" }),
    isCut: fc.constantFrom(false, false, false, true),
  })
  .map(({ bytes, type, coding, isCut }) => ({ headers: { "content-type": type, ...coding }, body: bytes, isCut }));

const printable = BAD_VALUES.filter(
  (value): value is string => typeof value === "string" && /^[ -~]{1,300}$/.test(value),
);
const odd = fc.constantFrom(...printable);
/** Most calls have none. */
const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 10, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("application/problem+json", "text/html", "*/*;q=9", ",,,", "a/b;c")
      .map((accept) => ({ accept })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("bytes=0-", "bytes=5-1", "bytes=-0", "bytes=0-0,2-3", "bytes=99999999999999999999-", "x")
      .map((range) => ({ range })),
  },
  {
    weight: 1,
    arbitrary: odd.map((text) => ({
      "x-request-id": text,
      "if-none-match": text,
      "if-modified-since": text,
      "if-range": text,
    })),
  },
  { weight: 1, arbitrary: odd.map((text) => ({ "x-forwarded-for": text, "x-forwarded-host": text, forwarded: text })) },
  { weight: 1, arbitrary: fc.ipV4().map((address) => ({ "x-forwarded-for": address })) },
  { weight: 1, arbitrary: odd.map((text) => ({ authorization: `Bearer ${text}` })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        "Bearer",
        "Bearer  ",
        "Basic dTpw",
        "bearer a.b.c",
        `Bearer ${"a".repeat(9_000)}`,
        "Bearer eyJhbGciOiJub25lIn0.e30.",
      )
      .map((authorization) => ({ authorization })),
  },
  { weight: 1, arbitrary: fc.tuple(odd, odd).map(([clientId, clientSecret]) => ({ clientId, clientSecret })) },
);
