import fc from "fast-check";
import { expect, test } from "vitest";
import { Utf8Check } from "./utf8-check.ts";

function look(bytes: Uint8Array, step = bytes.length + 1): { count: number; firstAt: number } {
  const check = new Utf8Check();
  for (let at = 0; at < bytes.length; at += step) check.write(bytes.subarray(at, at + step));
  check.end();
  return { count: check.count, firstAt: check.firstAt };
}

test("text is without fault, however it is cut", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 5 }), (text, step) => {
      expect(look(Buffer.from(text.toWellFormed()), step)).toEqual({ count: 0, firstAt: -1 });
    }),
  );
});

test("counts what is no character and tells where the first stands, however it is cut", () => {
  const good = fc.constantFrom("a", "é", "€", "😀");
  const bad = fc.constantFrom([0xff], [0xc3], [0xe2, 0x82], [0x80], [0xf0, 0x9f, 0x98]);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(good, fc.option(bad)), { minLength: 1 }),
      fc.integer({ min: 1, max: 5 }),
      (parts, step) => {
        const pieces = parts.flatMap(([text, bytes]) => [Buffer.from(text), Buffer.from(bytes ?? [])]);
        // A good character stands before each bad one, so that no two make one together.
        const before = pieces.findIndex((_, index) => index % 2 === 1 && pieces[index]!.length > 0);
        const firstAt = before === -1 ? -1 : Buffer.concat(pieces.slice(0, before)).length;
        const count = parts.reduce((sum, [, bytes]) => sum + (bytes?.length ?? 0), 0);
        expect(look(Buffer.concat(pieces), step)).toEqual({ count, firstAt });
      },
    ),
  );
});

test("is an issue that counts, or none", () => {
  const check = new Utf8Check();
  expect(check.toIssue("U+FFFD")).toBeNull();
  check.write(Buffer.from([0x50, 0xff, 0xfe, 0x32]));
  check.end();
  expect(check.toIssue("U+FFFD")).toMatchObject({ level: "warning", code: "encoding-invalid", where: "byte 1" });
  expect(check.toIssue("U+FFFD")?.message).toMatch(/^2 bytes are no UTF-8, .* read as U\+FFFD/);
});
