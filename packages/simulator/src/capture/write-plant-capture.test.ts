import { describe, expect, it } from "vitest";
import { demoPlant } from "./demo-plant.ts";
import { type PlantCaptureOptions, writePlantCapture } from "./write-plant-capture.ts";

const OPTIONS: PlantCaptureOptions = { format: "pcap", startAt: 1_700_000_000_000, seed: 1 };

async function bytesOf(options: PlantCaptureOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writePlantCapture(demoPlant(), options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The frames of a little-endian pcap file. */
function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    frames.push(bytes.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return frames;
}

/** One's complement sum; 0xffff when a correct checksum is among the words (RFC 1071). */
function sum(...parts: Buffer[]): number {
  let total = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) total += (part[at]! << 8) | (part[at + 1] ?? 0);
  }
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

describe("a generated capture", () => {
  it("is the same for the same seed and another for another", async () => {
    const first = await bytesOf(OPTIONS);
    expect(await bytesOf(OPTIONS)).toEqual(first);
    expect(await bytesOf({ ...OPTIONS, seed: 2 })).not.toEqual(first);
    expect((await bytesOf({ ...OPTIONS, seed: 2 })).length).toBe(first.length);
  });

  it("has correct IP, TCP and UDP checksums and lengths in every frame", async () => {
    const frames = framesOf(await bytesOf({ ...OPTIONS, rounds: 2, cyclesPerRound: 3 }));
    const packets = frames.filter((frame) => frame.readUInt16BE(12) === 0x0800);
    expect(packets.length).toBeGreaterThan(400);
    for (const frame of packets) {
      const ip = frame.subarray(14, 14 + frame.readUInt16BE(16));
      expect(sum(ip.subarray(0, 20))).toBe(0xffff);
      const segment = ip.subarray(20);
      const pseudo = Buffer.from([...ip.subarray(12, 20), 0, ip[9]!, segment.length >> 8, segment.length & 0xff]);
      expect(sum(pseudo, segment)).toBe(0xffff);
      expect(frame.length).toBeGreaterThanOrEqual(60);
      if (ip[9] === 17) expect(segment.readUInt16BE(4)).toBe(segment.length);
    }
  });

  it("acknowledges exactly what was sent in every TCP connection", async () => {
    const next = new Map<string, number>();
    for (const frame of framesOf(await bytesOf(OPTIONS))) {
      if (frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 6) continue;
      const segment = frame.subarray(34, 14 + frame.readUInt16BE(16));
      const [source, target] = [segment.readUInt16BE(0), segment.readUInt16BE(2)];
      const flags = segment[13]!;
      const key = (from: number, to: number) => `${from} ${to}`;
      const isSyn = (flags & 0x02) !== 0;
      if (!isSyn) expect(segment.readUInt32BE(4)).toBe(next.get(key(source, target)));
      if ((flags & 0x10) !== 0) expect(segment.readUInt32BE(8)).toBe(next.get(key(target, source)));
      const length = segment.length - (segment[12]! >> 4) * 4 + ((flags & 0x03) !== 0 ? 1 : 0);
      next.set(key(source, target), (segment.readUInt32BE(4) + length) >>> 0);
    }
    expect(next.size).toBe(24);
  });

  it("grows by whole rounds with time going on, in chunks of at most 64 KiB", async () => {
    const one = framesOf(await bytesOf(OPTIONS)).length;
    let bytes = 0;
    let largest = 0;
    for await (const chunk of writePlantCapture(demoPlant(), { ...OPTIONS, rounds: 30 })) {
      bytes += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    expect(largest).toBeLessThanOrEqual(64 * 1024);
    const many = await bytesOf({ ...OPTIONS, rounds: 30 });
    expect(many.length).toBe(bytes);
    expect(framesOf(many)).toHaveLength(one * 30);
  });

  it("writes pcapng blocks whose two lengths agree", async () => {
    const bytes = await bytesOf({ ...OPTIONS, format: "pcapng", byteOrder: "big" });
    let at = 0;
    const types = new Map<number, number>();
    while (at < bytes.length) {
      const length = bytes.readUInt32BE(at + 4);
      expect(length % 4).toBe(0);
      expect(bytes.readUInt32BE(at + length - 4)).toBe(length);
      const type = bytes.readUInt32BE(at);
      types.set(type, (types.get(type) ?? 0) + 1);
      at += length;
    }
    expect([types.get(0x0a0d0d0a), types.get(1)]).toEqual([1, 1]);
    expect(types.get(6)).toBe(framesOf(await bytesOf(OPTIONS)).length);
  });
});

describe("the demo plant", () => {
  it("has twelve devices with addresses and serial numbers of their own", () => {
    const { devices } = demoPlant();
    expect(devices).toHaveLength(12);
    for (const member of ["ipAddress", "macAddress", "serialNumber"] as const) {
      expect(new Set(devices.map((device) => device[member])).size).toBe(12);
    }
  });
});
