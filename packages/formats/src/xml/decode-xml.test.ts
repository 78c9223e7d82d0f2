import { describe, expect, it } from "vitest";
import { decodeXml, XmlError } from "./index.ts";

async function decode(bytes: Uint8Array, chunkBytes: number): Promise<string> {
  async function* source() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const parts: Uint8Array[] = [];
  for await (const part of decodeXml(source())) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

const TEXT = `<a>${"é漢😀x".repeat(500)}</a>`;
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();

describe("decodeXml", () => {
  it.each([
    ["UTF-8", Buffer.from(TEXT)],
    ["UTF-8 with a byte order mark", Buffer.from(`\uFEFF${TEXT}`)],
    ["UTF-16 little endian with a mark", Buffer.from(`\uFEFF${TEXT}`, "utf16le")],
    ["UTF-16 big endian with a mark", swapped(Buffer.from(`\uFEFF${TEXT}`, "utf16le"))],
    ["UTF-16 little endian without a mark", Buffer.from(TEXT, "utf16le")],
    ["UTF-16 big endian without a mark", swapped(Buffer.from(TEXT, "utf16le"))],
  ])("reads %s in chunks of any size", async (_name, bytes) => {
    for (const chunkBytes of [1, 3, 1000, bytes.length]) expect(await decode(bytes, chunkBytes)).toBe(TEXT);
  });

  it("reads the Latin alphabets that a declaration names", async () => {
    const text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>';
    expect(await decode(Buffer.from(text, "latin1"), 10)).toBe(text);
  });

  it("reads a file whose declaration says UTF-16 but whose bytes do not as UTF-8", async () => {
    const text = '<?xml version="1.0" encoding="UTF-16"?><a>é</a>';
    expect(await decode(Buffer.from(text), 10)).toBe(text);
  });

  it("refuses an encoding it does not know by name", async () => {
    const text = '<?xml version="1.0" encoding="EBCDIC-US"?><a/>';
    const refusal = decode(Buffer.from(text), 10);
    await expect(refusal).rejects.toBeInstanceOf(XmlError);
    await expect(refusal).rejects.toThrow("EBCDIC-US");
  });
});
