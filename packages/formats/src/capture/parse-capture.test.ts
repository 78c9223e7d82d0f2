import { demoPlant, writePlantCapture, writeProtocolTour } from "@breakwater/simulator/capture/index";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { CaptureEvent } from "../records.ts";
import { endOf, eventsOf, identitiesOf, inChunks, issuesOf } from "./testing/capture-bytes.ts";

const OPTIONS = { startAt: 1_700_000_000_123, seed: 42 } as const;

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("a plant's capture", () => {
  it.each([
    { format: "pcap", byteOrder: "little", timeUnit: "microseconds" },
    { format: "pcap", byteOrder: "big", timeUnit: "nanoseconds" },
    { format: "pcapng", byteOrder: "little", timeUnit: "nanoseconds" },
    { format: "pcapng", byteOrder: "big", timeUnit: "microseconds" },
  ] as const)("tells every device as it was described ($format, $byteOrder, $timeUnit)", async (layout) => {
    const plant = demoPlant();
    const events = await eventsOf(writePlantCapture(plant, { ...OPTIONS, ...layout }));
    expect(issuesOf(events)).toEqual([]);
    expect(endOf(events)).toMatchObject({ isComplete: true, summary: { firstSeen: OPTIONS.startAt, skipped: {} } });
    const identities = identitiesOf(events);
    for (const device of plant.devices) {
      const own = identities.filter(({ ipAddress }) => ipAddress === device.ipAddress);
      expect(new Set(own.map(({ macAddress }) => macAddress))).toEqual(new Set([device.macAddress]));
      const hardware = Object.assign({}, ...own.map((identity) => identity.hardware));
      if (device.kind === "rockwell") {
        expect(hardware).toMatchObject({
          productName: device.productName,
          firmwareVersion: `${device.majorRevision}.${device.minorRevision}`,
          serialNumber: `0x${device.serialNumber.toString(16).padStart(8, "0")}`,
        });
      } else {
        const { major, minor, patch } = device.firmware;
        expect(hardware).toMatchObject({
          manufacturer: "Siemens",
          type: "Programmable Logic Controller (PLC)",
          orderNumber: device.orderNumber,
          firmwareVersion: `V${major}.${minor}.${patch}`,
          serialNumber: device.serialNumber,
          deviceName: device.stationName,
          moduleName: device.moduleName,
          plantName: device.plantName,
          model: device.cpuType,
        });
      }
    }
  });

  it("folds connections with changing client ports into one conversation and tells repeated statements once", async () => {
    const once = await eventsOf(writePlantCapture(demoPlant(), { ...OPTIONS, format: "pcap" }));
    const often = await eventsOf(writePlantCapture(demoPlant(), { ...OPTIONS, format: "pcap", rounds: 20 }));
    expect(identitiesOf(often)).toEqual(identitiesOf(once));
    const count = (events: CaptureEvent[]) => events.filter(({ type }) => type === "conversation").length;
    expect(count(often)).toBe(count(once));
    const frames = often.flatMap((event) => (event.type === "conversation" ? [event.conversation.frames] : []));
    // Two ARP frames for each of twelve devices in each round belong to no conversation.
    expect(frames.reduce((sum, one) => sum + one, 0)).toBe(endOf(often).summary.frames - 20 * 24);
  });

  it("recognises the protocols and names the server's side", async () => {
    const events = await eventsOf(writePlantCapture(demoPlant(), { ...OPTIONS, format: "pcapng" }));
    const ends = events.flatMap((event) => (event.type === "conversation" ? [event.conversation] : []));
    const s7 = ends.find(({ server }) => server.ipAddress === "192.168.20.30");
    expect(s7).toMatchObject({
      client: { ipAddress: "192.168.20.200", macAddress: "00:50:56:ae:20:c8" },
      server: { port: 102, macAddress: "00:1b:1b:5c:20:1e" },
      transport: "tcp",
      protocol: "s7comm",
    });
    const enip = ends.filter(({ server }) => server.ipAddress === "192.168.20.10");
    expect(enip.map(({ transport, protocol, server }) => [transport, server.port, protocol])).toEqual([
      ["udp", 44818, "enip"],
      ["tcp", 44818, "enip"],
      ["udp", 2222, "cip"],
    ]);
  });
});

describe("any bytes", () => {
  const captures: { bytes: Buffer; events: CaptureEvent[] }[] = [];

  beforeAll(async () => {
    for (const format of ["pcap", "pcapng"] as const) {
      const plant = demoPlant();
      const small = { ...plant, devices: [plant.devices[0]!, plant.devices[7]!, plant.devices[9]!] };
      const bytes = await bytesOf(writePlantCapture(small, { ...OPTIONS, format, cyclesPerRound: 1 }));
      captures.push({ bytes, events: await eventsOf(inChunks(bytes)) });
    }
    const tour = Buffer.from(writeProtocolTour({ ...OPTIONS, format: "pcap" }));
    captures.push({ bytes: tour, events: await eventsOf(inChunks(tour)) });
  });

  it("give the same events in chunks of any size", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.integer({ min: 1, max: 400 }), async (which, chunkBytes) => {
        const { bytes, events } = captures[which]!;
        expect(await eventsOf(inChunks(bytes, chunkBytes))).toEqual(events);
      }),
      { numRuns: 120 },
    );
  });

  it("give a beginning of the identities when the file is cut anywhere", async () => {
    const all = captures.map(({ events }) => identitiesOf(events));
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), async (which, position) => {
        const { bytes } = captures[which]!;
        const events = await eventsOf(inChunks(bytes.subarray(0, position % bytes.length), 1000));
        const identities = identitiesOf(events);
        expect(identities).toEqual(all[which]!.slice(0, identities.length));
        expect(endOf(events).isComplete).toBe(issuesOf(events).length === 0);
      }),
      { numRuns: 600 },
    );
  });

  it("never throw when they are damaged, and end with a summary", async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "cut", "repeat")), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(2), damage, async (which, changes) => {
        let bytes = Buffer.from(captures[which]!.bytes);
        for (const [position, value, change] of changes) {
          const at = position % bytes.length;
          if (change === "set") bytes[at] = value;
          else if (change === "cut")
            bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (value % 8))]);
          else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - value))]);
        }
        const events = await eventsOf(inChunks(bytes, 8192));
        const { summary } = endOf(events);
        expect(summary.frames).toBeLessThanOrEqual(bytes.length / 16);
        expect(events.length).toBeLessThan(1000);
      }),
      { numRuns: 3000 },
    );
  });
});
