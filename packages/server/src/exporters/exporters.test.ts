import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { deflateRawSync, inflateRawSync, crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Entry, openPromise } from "yauzl";
import {
  createDeflatedFile,
  layOutZip,
  readDeflatedFile,
  readSegments,
  selectRange,
  totalLength,
  type ZipEntry,
} from "./index.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "exporters-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const at = Date.UTC(2026, 4, 17, 12, 34, 56);

async function storeEntry(name: string, content: Buffer): Promise<ZipEntry> {
  const deflated = deflateRawSync(content);
  const path = join(dir, `${name}.deflate`);
  await writeFile(path, deflated);
  return { name, path, crc32: zlibCrc32(content), bytes: content.length, deflatedBytes: deflated.length };
}

async function readAll(entries: ZipEntry[]): Promise<Buffer> {
  const segments = layOutZip(entries, at);
  return buffer(readSegments(segments, { first: 0, last: totalLength(segments) - 1 }));
}

/** Entries as yauzl sees them, with the content of those wanted. */
async function readZip(path: string, isWanted: (entry: Entry) => boolean) {
  const zip = await openPromise(path, { autoClose: false });
  const found: { entry: Entry; content: Buffer | null }[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      found.push({ entry, content: isWanted(entry) ? await buffer(await zip.openReadStreamPromise(entry)) : null });
    }
  } finally {
    zip.close();
  }
  return found;
}

describe("a ZIP of stored parts", () => {
  it("is read by an independent reader, which gets the parts back", async () => {
    const contents = [Buffer.from("[]\n"), Buffer.from(JSON.stringify({ text: "é".repeat(10_000) })), Buffer.alloc(0)];
    const entries = await Promise.all(contents.map((content, index) => storeEntry(`part_${index + 1}.json`, content)));
    const path = join(dir, "report.zip");
    await writeFile(path, await readAll(entries));
    const found = await readZip(path, () => true);
    expect(found.map(({ entry }) => entry.fileName)).toEqual(["part_1.json", "part_2.json", "part_3.json"]);
    expect(found.map(({ content }) => content)).toEqual(contents);
    expect(found.map(({ content, entry }) => zlibCrc32(content ?? "") === entry.crc32)).toEqual([true, true, true]);
    expect(found[0]?.entry.getLastModDate({ timezone: "UTC" }).getTime()).toBe(at);
  });

  it("gives for any range the same bytes as the slice of the whole", async () => {
    const entries = await Promise.all([1, 2, 3].map((n) => storeEntry(`slice_${n}`, Buffer.alloc(3000 * n, `x${n}`))));
    const segments = layOutZip(entries, at);
    const whole = await readAll(entries);
    expect(whole.length).toBe(totalLength(segments));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(whole.length - 1), async (a, b) => {
        const range = { first: Math.min(a, b), last: Math.max(a, b) };
        const part = await buffer(readSegments(segments, range));
        expect(part.equals(whole.subarray(range.first, range.last + 1))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("uses zip64 where offsets and sizes pass 4 GiB, readable by an independent reader", async () => {
    const small = await storeEntry("last.json", Buffer.from("[1,2,3]\n"));
    const five = 5 * 2 ** 30;
    const huge = { name: "first.json", path: join(dir, "none"), crc32: 1, bytes: five + 7, deflatedBytes: five };
    const segments = layOutZip([huge, { ...small, name: "second.json" }, small], at);
    const path = join(dir, "sparse.zip");
    const file = await open(path, "w");
    let offset = 0;
    for (const segment of segments) {
      if (segment.kind === "bytes") await file.write(segment.bytes, 0, segment.bytes.length, offset);
      else if (segment.path !== huge.path) await file.write(await readFile(segment.path), 0, segment.length, offset);
      offset += segment.kind === "bytes" ? segment.bytes.length : segment.length;
    }
    await file.close();
    const found = await readZip(path, ({ fileName }) => fileName === "last.json");
    expect(found.map(({ entry }) => [entry.fileName, entry.uncompressedSize, entry.compressedSize])).toEqual([
      ["first.json", five + 7, five],
      ["second.json", 8, small.deflatedBytes],
      ["last.json", 8, small.deflatedBytes],
    ]);
    expect(found[2]?.content?.toString()).toBe("[1,2,3]\n");
    await rm(path);
  });

  it("counts more than 65,535 parts in the zip64 end record", () => {
    const entry = { path: "none", crc32: 0, bytes: 0, deflatedBytes: 2 };
    const segments = layOutZip(
      Array.from({ length: 65_536 }, (_, index) => ({ ...entry, name: `part_${index + 1}.json` })),
      at,
    );
    const end = segments.at(-1);
    const bytes = Buffer.from(end?.kind === "bytes" ? end.bytes : []);
    const zip64 = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x06, 0x06]));
    expect(bytes.readBigUInt64LE(zip64 + 32)).toBe(65_536n);
    expect(bytes.readUInt16LE(bytes.length - 12)).toBe(0xffff);
  });

  it("fails the stream when a part on disk is shorter than recorded", async () => {
    const entry = await storeEntry("short.json", Buffer.from("abc"));
    await expect(readAll([{ ...entry, deflatedBytes: entry.deflatedBytes + 1 }])).rejects.toThrow("1 bytes shorter");
  });
});

describe("a deflated file", () => {
  it("records length and checksum, and leaves no temporary file", async () => {
    const path = join(dir, "whole.deflate");
    const writer = await createDeflatedFile(path);
    for (const piece of ["[", "1,", "2", "]"]) writer.add(Buffer.from(piece));
    await writer.flush();
    const file = await writer.finish();
    const content = inflateRawSync(await readFile(path));
    expect(content.toString()).toBe("[1,2]");
    expect(file).toEqual({ bytes: 5, deflatedBytes: (await stat(path)).size, crc32: zlibCrc32(content) });
    await expect(stat(`${path}.tmp`)).rejects.toThrow("ENOENT");
  });

  it("does not appear under its name before it is finished", async () => {
    const path = join(dir, "half.deflate");
    const writer = await createDeflatedFile(path);
    writer.add(Buffer.from("half"));
    await writer.flush();
    await writer.close();
    await expect(stat(path)).rejects.toThrow("ENOENT");
  });

  it("gives for any range the slice of its content", async () => {
    const content = Buffer.from(Array.from({ length: 90_000 }, (_, index) => (index * 7919) % 251));
    const path = join(dir, "ranges.deflate");
    await writeFile(path, deflateRawSync(content));
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), fc.nat(content.length - 1), async (a, b) => {
        const range = { first: Math.min(a, b), last: Math.max(a, b) };
        const part = await buffer(readDeflatedFile(path, range));
        expect(part.equals(content.subarray(range.first, range.last + 1))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("fails the stream when it ends before the range does, or is damaged or missing", async () => {
    const path = join(dir, "broken.deflate");
    await writeFile(path, deflateRawSync("abc"));
    await expect(buffer(readDeflatedFile(path, { first: 0, last: 3 }))).rejects.toThrow("ends at 3 bytes");
    await writeFile(path, Buffer.from([0xff, 0xff, 0xff]));
    await expect(buffer(readDeflatedFile(path, { first: 0, last: 3 }))).rejects.toThrow();
    await expect(buffer(readDeflatedFile(join(dir, "no"), { first: 0, last: 3 }))).rejects.toThrow("ENOENT");
  });
});

describe("Range", () => {
  const etag = '"v1"';
  it.each([
    [undefined, undefined, { kind: "whole" }],
    ["bytes=0-", undefined, { kind: "part", first: 0, last: 99 }],
    ["bytes=10-19", undefined, { kind: "part", first: 10, last: 19 }],
    ["bytes=90-1000", etag, { kind: "part", first: 90, last: 99 }],
    ["bytes=-10", undefined, { kind: "part", first: 90, last: 99 }],
    ["bytes=-1000", undefined, { kind: "part", first: 0, last: 99 }],
    ["bytes=100-", undefined, { kind: "unsatisfiable" }],
    ["bytes=-0", undefined, { kind: "unsatisfiable" }],
    ["bytes=20-10", undefined, { kind: "whole" }],
    ["bytes=0-1,5-6", undefined, { kind: "whole" }],
    ["lines=0-1", undefined, { kind: "whole" }],
    ["bytes=-", undefined, { kind: "whole" }],
    ["bytes=10-19", '"v0"', { kind: "whole" }],
    ["bytes=10-19", 'W/"v1"', { kind: "whole" }],
    ["bytes=10-19", "Sun, 17 May 2026 12:34:56 GMT", { kind: "whole" }],
  ])("%s with If-Range %s", (range, ifRange, expected) => {
    expect(selectRange({ range, ifRange }, 100, etag)).toEqual(expected);
  });
});
