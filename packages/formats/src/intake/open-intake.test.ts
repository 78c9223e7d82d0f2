import { Readable } from "node:stream";
import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";

import type { Issue } from "../records.ts";
import { toFileHead } from "./file-head.ts";
import { formats, type IntakeLimits, openIntake } from "./index.ts";

type Told = { member: string; events: { type: string; issue?: Issue; isComplete?: boolean }[] } | { issue: Issue };

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function open(bytes: Uint8Array, limits: Partial<IntakeLimits> = {}, chunkBytes = 1000): Promise<Told[]> {
  const told: Told[] = [];
  for await (const event of openIntake(inChunks(bytes, chunkBytes), limits)) {
    if (event.type === "issue") {
      told.push({ issue: event.issue });
      continue;
    }
    const events = [];
    for await (const batch of event.member.parse()) events.push(...batch);
    told.push({ member: `${event.member.format} ${event.member.name ?? "-"}`, events });
  }
  return told;
}

/** The upload in short: members with their finding count and completeness, issues by code. */
function summarise(told: Told[]): string[] {
  return told.flatMap((entry) => {
    if ("issue" in entry) return [`${entry.issue.fatal === true ? "fatal " : ""}${entry.issue.code}`];
    const findings = entry.events.filter(({ type }) => type === "finding").length;
    const codes = entry.events.flatMap(({ issue }) => (issue === undefined ? [] : [issue.code]));
    const isComplete = entry.events.at(-1)?.isComplete === true;
    return [[entry.member, findings, isComplete ? "complete" : "incomplete", ...codes].join(" ")];
  });
}

async function zip(
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
  options: { compress?: boolean; isStreamed?: boolean } = {},
): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [name, bytes] of files) {
    const buffer = Buffer.from(bytes);
    if (options.isStreamed === true) archive.addReadStream(Readable.from([buffer]), name);
    else archive.addBuffer(buffer, name, { compress: options.compress ?? true });
  }
  archive.end();
  const parts: Buffer[] = [];
  for await (const part of archive.outputStream) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

const item = (id: number) =>
  `<ReportItem port="1" protocol="tcp" severity="1" pluginID="${id}" pluginName="p"><plugin_output>${"z".repeat(id % 200)}</plugin_output></ReportItem>\n`;
const HEAD = '<?xml version="1.0"?><NessusClientData_v2><Report name="r"><ReportHost name="h">';
const TAIL = "</ReportHost></Report></NessusClientData_v2>";
const itemsUpTo = (count: number) => Array.from({ length: count }, (_, i) => item(1 + ((i * 7919) % 100_003))).join("");
const report = (items: number) => Buffer.from(HEAD + itemsUpTo(items) + TAIL);
const REPORT = report(50);
/** Long enough to be cut in the middle, packed or not. */
const LONG = report(4000);
const WHOLE = "nessus - 50 complete";

describe("openIntake", () => {
  it("recognises a report by content, bare, gzipped, gzipped twice and zipped", async () => {
    expect(summarise(await open(REPORT))).toEqual([WHOLE]);
    expect(summarise(await open(gzipSync(REPORT)))).toEqual([WHOLE]);
    expect(summarise(await open(gzipSync(gzipSync(REPORT))))).toEqual([WHOLE]);
    expect(summarise(await open(await zip([["x.bin", REPORT]])))).toEqual(["nessus x.bin 50 complete"]);
    expect(summarise(await open(gzipSync(await zip([["x", REPORT]]))))).toEqual(["nessus x 50 complete"]);
    expect(summarise(await open(await zip([["x", gzipSync(REPORT)]])))).toEqual(["nessus x 50 complete"]);
  });

  it("recognises UTF-16 and a report behind a comment", async () => {
    expect(summarise(await open(Buffer.from(`\uFEFF${REPORT}`, "utf16le")))).toEqual([WHOLE]);
    const commented = REPORT.toString().replace("?>", `?><!-- ${"long ".repeat(500)}-->`);
    expect(summarise(await open(Buffer.from(commented)))).toEqual([WHOLE]);
  });

  it("recognises every kind of capture header", () => {
    const ids = ["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"].map((hex) => {
      return formats.find((format) => format.sniff(toFileHead(Buffer.from(hex, "hex"))))?.id;
    });
    expect(ids).toEqual(["pcap", "pcap", "pcap", "pcap", "pcapng"]);
  });

  it("walks an archive's files in order, whatever way they were packed", async () => {
    const files = [
      ["a", report(1)],
      ["dir/b", report(2)],
      ["c", report(3)],
    ] as const;
    const expected = ["nessus a 1 complete", "nessus dir/b 2 complete", "nessus c 3 complete"];
    expect(summarise(await open(await zip(files)))).toEqual(expected);
    expect(summarise(await open(await zip(files, { compress: false })))).toEqual(expected);
    expect(summarise(await open(await zip(files, { isStreamed: true })))).toEqual(expected);
  });

  it("passes over what desktops put into an archive", async () => {
    const files = [
      ["__MACOSX/dir/._b", Buffer.from([0, 5, 22, 7])],
      ["dir/.DS_Store", Buffer.from("Bud1")],
      ["Thumbs.db", Buffer.from("x")],
      ["dir/b", report(2)],
    ] as const;
    expect(summarise(await open(await zip(files)))).toEqual(["nessus dir/b 2 complete"]);
  });

  it("says of each file of an archive what it is, of a lone one what could be imported too", async () => {
    const messages = async (bytes: Uint8Array) =>
      (await open(bytes)).map((entry) => ("issue" in entry ? entry.issue.message : ""));
    expect(await messages(Buffer.from("hello"))).toEqual([expect.stringMatching(/^the file is text.*supported are /)]);
    // More than a project of parts that only its own tool reads has, and than a small limit would let pass.
    const notes = Array.from({ length: 12_000 }, (_, index) => [`${index}.txt`, Buffer.from("hello")] as const);
    const told = await messages(await zip(notes));
    expect(told).toHaveLength(notes.length);
    expect(told.at(-1)).toBe('11999.txt is text beginning with "hello", which cannot be imported');
  });

  it("gives the same whatever the size of the chunks", async () => {
    const archive = await zip(
      [
        ["a", report(30)],
        ["b", gzipSync(report(40))],
      ],
      { isStreamed: true },
    );
    const whole = await open(archive, {}, archive.length);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (chunkBytes) => {
        expect(await open(archive, {}, chunkBytes)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it("passes over members that nobody reads", async () => {
    const archive = await zip(
      [
        ["a", report(500)],
        ["b", report(2)],
      ],
      { isStreamed: true },
    );
    const names: (string | null)[] = [];
    for await (const event of openIntake(inChunks(archive, 100)))
      if (event.type === "member") names.push(event.member.name);
    expect(names).toEqual(["a", "b"]);
  });

  it("goes on in an archive behind a file it does not know, and behind an empty one", async () => {
    const archive = await zip([
      ["notes.txt", Buffer.from("hello")],
      ["empty", Buffer.alloc(0)],
      ["r", report(1)],
    ]);
    expect(summarise(await open(archive))).toEqual(["format-unknown", "file-empty", "nessus r 1 complete"]);
  });
});

describe("openIntake recognises", () => {
  it.each([
    ["blank lines", Buffer.concat([Buffer.from("\n\r\n "), REPORT])],
    ["a byte order mark and blank lines", Buffer.concat([Buffer.from("\uFEFF\n\n"), REPORT])],
  ])("XML behind %s", async (_name, bytes) => {
    expect(summarise(await open(bytes))).toEqual([WHOLE]);
  });

  it("a report of OSV-Scanner without results, which imports nothing and says so", async () => {
    expect(summarise(await open(Buffer.from('{"results": []}')))).toEqual(["osv - 0 complete osv-without-sources"]);
    const other = Buffer.from('{"results": [], "errors": [], "version": "1"}');
    expect(summarise(await open(other))).toEqual(["fatal format-unknown"]);
  });
});

describe("openIntake refuses", () => {
  it.each([
    ["an empty upload", Buffer.alloc(0), "file-empty", "empty"],
    ["an empty file in gzip", gzipSync(Buffer.alloc(0)), "file-empty", "empty"],
    ["white space", Buffer.from(" \n\t\r\n".repeat(50)), "file-empty", "is empty: it holds nothing but white space"],
    ["a byte order mark and a blank line", Buffer.from("\uFEFF\n"), "file-empty", "is empty"],
    ["text behind blank lines", Buffer.from(`${"\n".repeat(80)}hello`), "format-unknown", 'text beginning with "hello'],
    ["foreign XML", Buffer.from("<html><body/></html>"), "format-unknown", "XML with root element html"],
    ["JSON", Buffer.from('{"a":1}'), "format-unknown", "is JSON, which"],
    [
      "JSON that was cut",
      Buffer.from('{"document": {"category": "csaf_base",'),
      "format-unknown",
      "JSON that ends early",
    ],
    ["JSON that is none", Buffer.from('{"a":: 1}'), "format-unknown", "is JSON, which"],
    ["text", Buffer.from("Host,Port\n"), "format-unknown", 'text beginning with "Host,Port'],
    ["bytes", Buffer.from([0, 1, 2, 3, 250]), "format-unknown", "binary data beginning with 00010203fa"],
    ["bzip2", Buffer.from("BZh91AY"), "format-unknown", "a bzip2 file"],
  ])("%s and says what was seen and what is supported", async (_name, bytes, code, seen) => {
    const [only, ...rest] = await open(bytes);
    expect(rest).toEqual([]);
    expect(only).toMatchObject({ issue: { code, fatal: true, level: "refused" } });
    const message = only !== undefined && "issue" in only ? only.issue.message : "";
    expect(message).toContain(seen);
    if (code === "format-unknown") expect(message).toContain("Nessus report");
  });

  it("a DOCTYPE in the words of the format's parser", async () => {
    const text = `<!DOCTYPE NessusClientData_v2 [<!ENTITY a "b">]>${REPORT.toString().replace(/<\?xml.*?\?>/, "")}`;
    expect(summarise(await open(Buffer.from(text)))).toEqual(["nessus - 0 incomplete doctype-refused"]);
  });

  it("a bomb by its ratio, once past the first MiB, and names the limit", async () => {
    const bomb = gzipSync(Buffer.concat([REPORT.subarray(0, -TAIL.length), Buffer.alloc(20 * 1024 ** 2, 0x20)]));
    const told = await open(bomb, { maxRatio: 100 });
    expect(summarise(told)).toEqual(["nessus - 50 incomplete decompressed-too-large xml-truncated"]);
    expect(JSON.stringify(told)).toContain("maxRatio, 100");
    const small = gzipSync(Buffer.concat([REPORT, Buffer.alloc(900_000, 0x20)]));
    expect(summarise(await open(small, { maxRatio: 100 }))).toEqual([WHOLE]);
  });

  it("more bytes than allowed over all of an archive's files, and reads none behind", async () => {
    const archive = await zip([
      ["a", LONG],
      ["b", LONG],
      ["c", LONG],
    ]);
    const told = await open(archive, { maxDecompressedBytes: Math.floor(LONG.length * 1.5) });
    expect(summarise(told)).toEqual([
      "nessus a 4000 complete",
      expect.stringMatching(/^nessus b \d+ incomplete decompressed-too-large xml-truncated$/),
    ]);
    expect(JSON.stringify(told)).toContain("maxDecompressedBytes");
  });

  it("a stored bomb as well: bytes count whether packed or not", async () => {
    const archive = await zip([["a", REPORT]], { compress: false });
    expect(summarise(await open(archive, { maxDecompressedBytes: 100 }))).toEqual(["fatal decompressed-too-large"]);
  });

  it("containers nested beyond the limit", async () => {
    const told = await open(gzipSync(gzipSync(gzipSync(REPORT))));
    expect(summarise(told)).toEqual(["fatal nested-too-deep"]);
    expect(JSON.stringify(told)).toContain("maxNesting, 2");
  });

  it("an archive with more files than allowed", async () => {
    const archive = await zip([
      ["a", report(1)],
      ["b", report(1)],
      ["c", report(1)],
    ]);
    expect(summarise(await open(archive, { maxMembers: 2 })).at(-1)).toBe("fatal archive-too-many-members");
  });

  it("encryption, foreign methods and unsized stored files by name", async () => {
    const archive = await zip([["secret", REPORT]], { compress: false });
    const withHeader = (at: number, value: number) => {
      const copy = Buffer.from(archive);
      copy.writeUInt16LE(value, at);
      return copy;
    };
    expect(summarise(await open(withHeader(6, 1)))).toEqual(["fatal zip-encrypted"]);
    expect(summarise(await open(withHeader(8, 14)))).toEqual(["fatal zip-method"]);
    expect(summarise(await open(withHeader(6, 8)))).toEqual(["fatal zip-stored-unsized"]);
  });
});

describe("openIntake keeps the good part of", () => {
  it("a gzip file that ends too early", async () => {
    const packed = gzipSync(LONG);
    const [line] = summarise(await open(packed.subarray(0, packed.length >> 1)));
    expect(line).toMatch(/^nessus - \d{3,} incomplete gzip-truncated xml-truncated$/);
  });

  it("a gzip file that lacks nothing but its checksum", async () => {
    const packed = gzipSync(REPORT);
    expect(summarise(await open(packed.subarray(0, -4)))).toEqual(["nessus - 50 incomplete gzip-truncated"]);
    const wrong = Buffer.from(packed);
    wrong.writeUInt32LE(0, wrong.length - 8);
    expect(summarise(await open(wrong))).toEqual(["nessus - 50 incomplete gzip-corrupt"]);
  });

  it("an archive with a damaged file, and goes on with the next", async () => {
    const archive = await zip(
      [
        ["a", REPORT],
        ["b", report(2)],
      ],
      { compress: false },
    );
    archive[archive.indexOf("zzz")] = 0x79;
    expect(summarise(await open(archive))).toEqual(["nessus a 50 incomplete zip-checksum", "nessus b 2 complete"]);
  });

  it("an archive with a damaged gzip file, and goes on with the next", async () => {
    const archive = await zip([
      ["a", gzipSync(REPORT).subarray(0, -4)],
      ["b", report(2)],
    ]);
    expect(summarise(await open(archive))).toEqual(["nessus a 50 incomplete gzip-truncated", "nessus b 2 complete"]);
  });

  it("an archive that ends too early", async () => {
    const archive = await zip([
      ["a", report(1)],
      ["b", LONG],
    ]);
    const told = summarise(await open(archive.subarray(0, archive.length >> 1)));
    expect(told[0]).toBe("nessus a 1 complete");
    expect(told[1]).toMatch(/^nessus b \d+ incomplete zip-truncated xml-truncated$/);
  });

  it("any upload with damaged bytes, without throwing", async () => {
    const archive = await zip(
      [
        ["a", report(3)],
        ["b", gzipSync(report(3))],
      ],
      { isStreamed: true },
    );
    const damage = fc.array(fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Buffer.from(archive);
        for (const [at, byte] of changes) damaged[at] = byte;
        await open(damaged);
      }),
      { numRuns: 150 },
    );
  });

  it("a source that fails: what came before is parsed, then the failure is thrown", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield REPORT.subarray(0, 500);
      throw new Error("connection lost");
    }
    const read = async () => {
      for await (const event of openIntake(failing())) {
        if (event.type === "member") for await (const _ of event.member.parse());
      }
    };
    await expect(read()).rejects.toThrow("connection lost");
  });

  it("nothing else: raw deflate without a container is unknown", async () => {
    expect(summarise(await open(deflateRawSync(REPORT)))).toEqual(["fatal format-unknown"]);
  });
});
