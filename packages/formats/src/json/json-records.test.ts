import fc from "fast-check";
import { expect, test } from "vitest";
import { type Json, JsonError, JsonRecordReader } from "./index.ts";

type Told = { pattern: string; value: Json; where: string };

function read(text: string | Buffer, patterns: string[], options: { step?: number; maxRecordBytes?: number } = {}) {
  const records: Told[] = [];
  const refused: string[] = [];
  const reader = new JsonRecordReader(
    patterns,
    {
      record: (pattern, value, where) => records.push({ pattern, value, where }),
      refused: (code, where) => refused.push(`${code} ${where}`),
    },
    options.maxRecordBytes === undefined ? {} : { maxRecordBytes: options.maxRecordBytes },
  );
  const bytes = Buffer.from(text);
  const step = options.step ?? bytes.length + 1;
  for (let at = 0; at < bytes.length; at += step) reader.write(Buffer.from(bytes.subarray(at, at + step)));
  reader.end();
  return { records, refused };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const values = (text: string, patterns: string[]) => read(text, patterns).records.map(({ value }) => value);

test("hands out what stands at the wanted places, with its path", () => {
  const text = '{"a":{"b":[{"c":1},{"c":[2,3]}]},"d":"x\\"]","e":{"c":9}}';
  expect(read(text, ["a.b.*.c", "d"]).records).toEqual([
    { pattern: "a.b.*.c", value: 1, where: "a.b[0].c" },
    { pattern: "a.b.*.c", value: [2, 3], where: "a.b[1].c" },
    { pattern: "d", value: 'x"]', where: "d" },
  ]);
});

test("a root array by `*`, root objects and JSON Lines by the empty pattern, never both", () => {
  const patterns = ["", "*"];
  expect(values('[{"a":1},2]', patterns)).toEqual([{ a: 1 }, 2]);
  expect(values('{"a":1}\n{"a":[2]}\n', patterns)).toEqual([{ a: 1 }, { a: [2] }]);
});

test("escaped names are the names they stand for", () => {
  expect(values('{"\\u0061":1,"b\\"":2}', ["a", 'b"'])).toEqual([1, 2]);
});

test("a name with a dot in it is asked for with a backslash before the dot", () => {
  expect(values('{"@o.next":1,"@o":{"next":2}}', ["@o\\.next"])).toEqual([1]);
});

test("a record that is too large or no JSON is refused, the rest goes on", () => {
  const text = '{"r":[{"a":"0123456789"},{"a":tru},{"a":3}]}';
  const { records, refused } = read(text, ["r.*"], { maxRecordBytes: 12 });
  expect(records.map(({ value }) => value)).toEqual([{ a: 3 }]);
  expect(refused).toEqual(["json-record-too-large r[0]", "json-malformed r[1]"]);
});

test("a record that is nested too deep is refused alone, and what nobody wants may be as deep as it likes", () => {
  const deep = `{"x":["]",{"y":"}\\\\\\""},${"[".repeat(300)}"[",{"k":1}${"]".repeat(300)}]}`;
  for (const step of [1, 7, 10_000]) {
    const { records, refused } = read(`{"z":${deep},"r":[{"a":1},${deep},{"a":3}],"q":4}`, ["r.*", "q"], { step });
    expect(records.map(({ value }) => value)).toEqual([{ a: 1 }, { a: 3 }, 4]);
    expect(refused).toEqual(["json-too-deep r[1]"]);
  }
});

test.each([
  ['{"a":[1,2', "json-truncated"],
  ['{"a":"x', "json-truncated"],
  ['{"a":1]', "json-malformed"],
  ["{a:1}", "json-malformed"],
  ["1,2", "json-malformed"],
  ["[".repeat(300), "json-truncated"],
  [`{"a":${"[".repeat(300)}${"]".repeat(299)}}`, "json-malformed"],
])("%j is %s", (text, code) => {
  expect(() => read(text, ["b"])).toThrow(expect.objectContaining({ name: "JsonError", code }));
  expect(() => read(text, ["b"])).toThrow(JsonError);
});

test("finds what JSON.parse finds, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 6 }),
      fc.string({ unit: "binary", minLength: 1, maxLength: 5 }).filter((key) => !key.includes(".") && key !== "*"),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(undefined, 1, "\t"),
      (list, key, step, space) => {
        const text = JSON.stringify({ other: list, [key]: list, last: null }, null, space);
        const parsed = JSON.parse(text) as Record<string, Json[]>;
        const found = read(text, [`${key}.*`], { step }).records.map(({ value }) => value);
        expect(found).toEqual(parsed[key]);
      },
    ),
  );
});

test("of JSON Lines a line that is cut or damaged is refused alone, however the bytes are cut", () => {
  const line = fc.dictionary(fc.constantFrom("a", "b", "]{"), fc.jsonValue(), { minKeys: 1 });
  const damage = fc.record({ at: fc.nat(), cut: fc.nat(), tail: fc.constantFrom("", "}", "]", ",", "{", "x") });
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 3, maxLength: 8 }),
      damage,
      fc.integer({ min: 1, max: 40 }),
      (lines, { at, cut, tail }, step) => {
        // Not the first, by which the others are known for lines, nor the last, behind which the file ends.
        const index = 1 + (at % (lines.length - 2));
        const texts = lines.map((one) => JSON.stringify(one));
        const whole = texts[index]!;
        const damaged = whole.slice(0, 1 + (cut % (whole.length - 1))) + tail;
        fc.pre(!isJson(damaged));
        const text = texts.with(index, damaged).join("\n");
        const { records, refused } = read(`${text}\n`, [""], { step });
        expect(records.map(({ value }) => JSON.stringify(value))).toEqual(texts.toSpliced(index, 1));
        // By its place among the values where its brackets close.
        expect(["line", "value"].map((place) => `json-malformed ${place} ${index + 1}`)).toContain(refused.join("; "));
      },
    ),
    { numRuns: 1000 },
  );
});

test("values of several lines one after another are read as they are, also behind one of a single line", () => {
  const values = [{ a: 1 }, { b: [{ c: 2 }, { d: "x" }] }, [{ e: 3 }, { f: 4 }], { g: { h: 5 } }];
  for (const space of [0, 1]) {
    const text = values.map((value, index) => JSON.stringify(value, null, index === 0 ? 0 : space)).join("\n");
    expect(read(text, ["", "*"]).records.map(({ value }) => value)).toEqual(values.flat());
  }
  const flush = '{"a":1}\n[\n{"b":2},\n{"c":3}\n]\n';
  expect(read(flush, ["", "*"]).records.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
});

test("any bytes give records or a JsonError", () => {
  const piece = fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "\\", "1", "true", " ", '"a"', '"a":', "\u00e9");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (pieces, step) => {
      try {
        read(pieces.join(""), ["a", "*", "a.*", ""], { step });
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError);
      }
    }),
    { numRuns: 2000 },
  );
});
