import { describe, expect, it } from "vitest";
import type { Issue } from "../../records.ts";
import {
  block,
  concat,
  enhancedPacket,
  interfaceBlock,
  pcap,
  sectionHeader,
  u16,
  u32,
} from "../testing/capture-bytes.ts";
import { CaptureReader } from "./capture-reader.ts";

const FRAME = Uint8Array.of(1, 2, 3, 4, 5);

function read(bytes: Uint8Array, chunkBytes = bytes.length) {
  const frames: { text: string; timeMs: number; wireBytes: number; linkType: number; skipReason: string }[] = [];
  const issues: Issue[] = [];
  const reader = new CaptureReader({
    get frames() {
      return frames.length;
    },
    frame(data, start, end, wireBytes, timeMs, linkType, skipReason) {
      frames.push({ text: data.slice(start, end).join(" "), timeMs, wireBytes, linkType, skipReason });
    },
    issue: (issue) => issues.push(issue),
  });
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.slice(at, at + chunkBytes));
  return { isComplete: reader.end(), frames, issues };
}

describe("pcap", () => {
  it.each([
    ["microseconds, big-endian", 0xa1b2c3d4, false, 250_000],
    ["microseconds, little-endian", 0xa1b2c3d4, true, 250_000],
    ["nanoseconds, big-endian", 0xa1b23c4d, false, 250_000_000],
    ["nanoseconds, little-endian", 0xa1b23c4d, true, 250_000_000],
  ])("reads %s", (_, magic, isLittle, fraction) => {
    const word = (value: number) => u32(value, isLittle);
    const head = [...word(magic), ...u16(2, isLittle), ...u16(4, isLittle), ...[0, 0, 65535, 1].flatMap(word)];
    const { frames, isComplete } = read(concat(head, [1700000000, fraction, 5, 99].flatMap(word), FRAME));
    expect(isComplete).toBe(true);
    const expected = { text: "1 2 3 4 5", timeMs: 1_700_000_000_250, wireBytes: 99, linkType: 1, skipReason: "" };
    expect(frames).toEqual([expected]);
  });

  it("ignores the frame check sequence bits above the link type", () => {
    const bytes = pcap([FRAME], 0x24000001);
    expect(read(bytes).frames[0]?.linkType).toBe(1);
  });

  it("refuses the whole file for an unknown link type", () => {
    const { frames, issues, isComplete } = read(pcap([FRAME], 147));
    expect(isComplete).toBe(false);
    expect(frames).toEqual([]);
    expect(issues).toMatchObject([{ code: "link-type", fatal: true }]);
  });

  it("stops at a record that claims more than a frame can have and keeps what came before", () => {
    const lie = concat(u32(0), u32(0), u32(0x7fffffff), u32(60), FRAME);
    const { frames, issues, isComplete } = read(concat(pcap([FRAME, FRAME]), lie), 7);
    expect(frames).toHaveLength(2);
    expect(isComplete).toBe(false);
    expect(issues).toMatchObject([{ code: "packet-length", where: "frame 3, byte 66", fatal: true }]);
  });

  it("tells frame and byte when the file ends inside a packet", () => {
    const whole = pcap([FRAME, FRAME]);
    const cut = read(whole.subarray(0, whole.length - 1));
    expect(cut.frames).toHaveLength(1);
    expect(cut.issues).toMatchObject([{ code: "capture-truncated", where: "frame 2, byte 45" }]);
    const cutInHeader = read(whole.subarray(0, 47));
    expect(cutInHeader.issues).toMatchObject([{ code: "capture-truncated", where: "frame 2, byte 45" }]);
    expect(cutInHeader.isComplete).toBe(false);
  });

  it("accepts a capture without frames", () => {
    expect(read(pcap([]))).toEqual({ isComplete: true, frames: [], issues: [] });
  });
});

describe("pcapng", () => {
  it.each([true, false])("reads enhanced packets (little-endian: %s)", (isLittle) => {
    const units = 1_700_000_000_250_000;
    const packet = enhancedPacket(FRAME, 0, Math.floor(units / 2 ** 32), units % 2 ** 32, isLittle);
    const { frames, isComplete } = read(concat(sectionHeader(isLittle), interfaceBlock(1, [], isLittle), packet));
    expect(isComplete).toBe(true);
    expect(frames).toMatchObject([{ text: "1 2 3 4 5", timeMs: 1_700_000_000_250, linkType: 1 }]);
  });

  it("reads each section with its own byte order and interfaces", () => {
    const first = concat(sectionHeader(true), interfaceBlock(1), enhancedPacket(FRAME));
    const second = concat(
      sectionHeader(false),
      interfaceBlock(101, [], false),
      enhancedPacket(FRAME, 0, 0, 5000, false),
    );
    const { frames } = read(concat(first, second), 3);
    expect(frames.map(({ linkType, timeMs }) => [linkType, timeMs])).toEqual([
      [1, 0],
      [101, 5],
    ]);
  });

  it("follows resolution and offset of the interface", () => {
    // 2^-10 seconds, and an offset of 100 seconds.
    const options = [9, 0, 1, 0, 0x8a, 0, 0, 0, 14, 0, 8, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const { frames } = read(concat(sectionHeader(), interfaceBlock(1, options), enhancedPacket(FRAME, 0, 0, 1536)));
    expect(frames[0]?.timeMs).toBe(101_500);
  });

  it.each([
    ["2^-10 s", 0x8a, 1_736_942_400n * 1024n],
    ["2^-20 s", 0x94, 1_736_942_400n * 2n ** 20n],
    ["1 s", 0, 1_736_942_400n],
    ["10^-9 s", 9, 1_736_942_400n * 10n ** 9n],
  ])("gives whole seconds exactly, counted in %s", (_, resolution, units) => {
    const [high, low] = [Number(units >> 32n), Number(units & 0xffffffffn)];
    const options = [9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0];
    const { frames } = read(concat(sectionHeader(), interfaceBlock(1, options), enhancedPacket(FRAME, 0, high, low)));
    expect(frames[0]?.timeMs).toBe(1_736_942_400_000);
  });

  it("reads simple and obsolete packet blocks and skips blocks it does not know", () => {
    const simple = block(3, concat(u32(5, true), FRAME));
    const obsolete = block(
      2,
      concat(
        [0, 0, 0, 0],
        [0, 7000, 5, 9].flatMap((word) => u32(word, true)),
        FRAME,
      ),
    );
    const unknown = block(0x0bad, new Uint8Array(3000));
    const { frames, isComplete } = read(concat(sectionHeader(), interfaceBlock(1), unknown, simple, obsolete), 100);
    expect(isComplete).toBe(true);
    expect(frames.map(({ text, timeMs, wireBytes }) => [text, timeMs, wireBytes])).toEqual([
      ["1 2 3 4 5", 0, 5],
      ["1 2 3 4 5", 7, 9],
    ]);
  });

  it("leaves out the frames of an unknown interface or link type, telling it once", () => {
    const packets = [
      enhancedPacket(FRAME, 0),
      enhancedPacket(FRAME, 1),
      enhancedPacket(FRAME, 0),
      enhancedPacket(FRAME, 7),
    ];
    const { frames, issues, isComplete } = read(
      concat(sectionHeader(), interfaceBlock(147), interfaceBlock(1), ...packets),
    );
    expect(isComplete).toBe(true);
    expect(frames.map(({ skipReason, linkType }) => (linkType < 0 ? skipReason : linkType))).toEqual([
      "unknown-link-type",
      1,
      "unknown-link-type",
      "unknown-interface",
    ]);
    expect(issues.map(({ code }) => code)).toEqual(["link-type", "unknown-interface"]);
  });

  it("loses only the packet whose length its block does not allow", () => {
    const lie = block(
      6,
      concat(
        [0, 0, 0, 400, 400].flatMap((word) => u32(word, true)),
        FRAME,
      ),
    );
    const { frames, issues } = read(concat(sectionHeader(), interfaceBlock(1), lie, enhancedPacket(FRAME)));
    expect(frames.map(({ skipReason }) => skipReason)).toEqual(["packet-length", ""]);
    expect(issues).toMatchObject([{ code: "packet-length", where: "frame 1, byte 48" }]);
  });

  it("skips a packet block too large to hold without reading it into memory", () => {
    const huge = enhancedPacket(new Uint8Array(400_000));
    const { frames, issues, isComplete } = read(
      concat(sectionHeader(), interfaceBlock(1), huge, enhancedPacket(FRAME)),
      50_000,
    );
    expect(isComplete).toBe(true);
    expect(frames.map(({ skipReason }) => skipReason)).toEqual(["packet-length", ""]);
    expect(issues).toMatchObject([{ code: "packet-length" }]);
  });

  it.each([
    ["is no multiple of four", concat(u32(6, true), u32(33, true), new Uint8Array(40))],
    ["is too short", concat(u32(6, true), u32(8, true), new Uint8Array(40))],
    ["differs at its end", concat(u32(6, true), u32(32, true), new Uint8Array(20), u32(36, true))],
  ])("stops at a block whose length %s", (_, damaged) => {
    const bytes = concat(sectionHeader(), interfaceBlock(1), enhancedPacket(FRAME), damaged);
    const { frames, issues, isComplete } = read(bytes);
    expect(frames).toHaveLength(1);
    expect(isComplete).toBe(false);
    expect(issues).toMatchObject([{ code: "block-length", fatal: true }]);
  });

  it("tells that the file ends inside a block it would have skipped", () => {
    const unknown = block(0x0bad, new Uint8Array(100));
    const { issues } = read(concat(sectionHeader(), unknown).subarray(0, 100));
    expect(issues).toMatchObject([{ code: "capture-truncated" }]);
  });
});

describe("other files", () => {
  it.each([
    ["nothing", [], "capture-empty"],
    ["two bytes", [0xa1, 0xb2], "not-a-capture"],
    ["text", [...new TextEncoder().encode("GET / HTTP/1.1")], "not-a-capture"],
    ["gzip", [0x1f, 0x8b, 0x08, 0, 0, 0], "not-a-capture"],
  ])("refuses %s", (_, bytes, code) => {
    const { issues, isComplete } = read(Uint8Array.from(bytes), 1);
    expect(isComplete).toBe(false);
    expect(issues).toMatchObject([{ code, fatal: true }]);
  });
});
