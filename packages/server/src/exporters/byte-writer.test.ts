import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteWriter, toCsvCell } from "./index.ts";

/** Texts with everything that has to be escaped somewhere. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('"', "\\", "\n", "\r", "\u0001", ",", "=", "+", "é", "\u{1f980}", "\uff1d"),
      fc.string({ unit: "grapheme" }),
    ),
  )
  .map((parts) => parts.join("").toWellFormed());

/** What a writer that has to grow makes of it, behind other text. */
function write(append: (out: ByteWriter) => void): string {
  const out = new ByteWriter(4);
  out.text("é");
  append(out);
  return out.written.toString().slice(1);
}

describe("a byte writer", () => {
  it("writes any text, as it is, as JSON and as a CSV cell", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = Buffer.from(`<${text}>`);
        const range = { bytes, start: 1, end: bytes.length - 1 };
        expect(write((out) => out.text(text))).toBe(text);
        expect(write((out) => out.bytes(Buffer.from(text)))).toBe(text);
        expect(write((out) => out.json(text))).toBe(JSON.stringify(text));
        expect(write((out) => out.jsonOf(range))).toBe(JSON.stringify(text));
        expect(write((out) => out.cell(text))).toBe(toCsvCell(text));
      }),
    );
  });

  it("quotes what was written as a CSV cell", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const quoted = write((out) => {
          const start = out.length;
          out.text(text);
          out.quoteCell(start);
        });
        expect(quoted).toBe(`"${text.replaceAll('"', '""')}"`);
      }),
    );
  });

  it("writes any number as JSON has it, and null", () => {
    const anyNumber = fc.oneof(
      fc.maxSafeInteger(),
      fc
        .integer({ min: 0, max: 60 })
        .chain((power) => fc.integer({ min: -1, max: 1 }).map((by) => 2 ** (power % 53) + by)),
      fc.integer({ min: 0, max: 15 }).chain((power) => fc.integer({ min: -1, max: 1 }).map((by) => 10 ** power + by)),
      fc.constantFrom(0, 0.97, 9.8, null),
    );
    fc.assert(
      fc.property(anyNumber, (value) => {
        expect(write((out) => out.number(value))).toBe(JSON.stringify(value));
      }),
    );
  });
});
