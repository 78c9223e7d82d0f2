import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BACNET_PORT, inSegments, readPropertiesAnswer } from "@breakwater/simulator/capture/bacnet-messages";
import { captureWriter } from "@breakwater/simulator/capture/capture-writers";
import {
  connected,
  forwardOpen,
  forwardOpenAnswer,
  severalAnswers,
  severalServices,
} from "@breakwater/simulator/capture/cip-connections";
import { ENIP_PORT, GET_IDENTITY, identityReply, registerSession } from "@breakwater/simulator/capture/enip-messages";
import { toEndpoint, udpFrame } from "@breakwater/simulator/capture/packets";
import { TcpDialogue } from "@breakwater/simulator/capture/tcp-dialogue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CaptureEvent } from "../records.ts";
import { eventsOf, identitiesOf, inChunks } from "./testing/capture-bytes.ts";
import { hasTshark, tshark, tsharkFields } from "./testing/tshark.fixture.ts";

const CPU = { productName: "1756-L85E/B", deviceType: 14, productCode: 168, majorRevision: 33, minorRevision: 11 };
const INPUT = { productName: "1756-IB16D/A", deviceType: 7, productCode: 12, majorRevision: 3, minorRevision: 5 };
const OTHER = Uint8Array.of(0x0e, 3, 0x20, 0x64, 0x24, 1, 0x30, 1);
const REFUSED = Uint8Array.of(0x8e, 0, 0x05, 0);
const CHASSIS = { toTarget: 0x8001_0002, toOriginator: 0x1122_3344 };
const MODULE = { toTarget: 0x8001_0003, toOriginator: 0x1122_3345 };
const client = toEndpoint({ ipAddress: "192.168.30.200", macAddress: "00:50:56:ae:30:c8" }, 200);
const plc = toEndpoint({ ipAddress: "192.168.30.10", macAddress: "00:1d:9c:a1:30:0a" }, 10);
const building = toEndpoint({ ipAddress: "192.168.30.50", macAddress: "00:10:8d:20:30:32" }, 50);

/** Two connections over one session, reads alone and among others; an answer in segments. */
function* frames(): Generator<Uint8Array> {
  const dialogue = new TcpDialogue(client, 50_010, plc, ENIP_PORT, 1000, 2000);
  const cpu = identityReply({ ...CPU, serialNumber: 0x00aa_1002 });
  const input = identityReply({ ...INPUT, serialNumber: 0x00aa_1003 });
  const exchanges: [Uint8Array, Uint8Array][] = [
    [registerSession(0, 77), registerSession(9, 77)],
    [forwardOpen(9, 1, CHASSIS.toOriginator), forwardOpenAnswer(9, 1, CHASSIS)],
    [connected(9, CHASSIS.toTarget, 1, GET_IDENTITY), connected(9, CHASSIS.toOriginator, 1, cpu)],
    [
      forwardOpen(9, 2, MODULE.toOriginator, { slot: 4, isLarge: true }),
      forwardOpenAnswer(9, 2, MODULE, { isLarge: true }),
    ],
    [
      connected(9, MODULE.toTarget, 1, severalServices([OTHER, GET_IDENTITY])),
      connected(9, MODULE.toOriginator, 1, severalAnswers([REFUSED, input], true)),
    ],
  ];
  yield* dialogue.open();
  for (const [request, answer] of exchanges) {
    yield dialogue.request(request);
    yield dialogue.answer(answer);
  }
  yield* dialogue.close();
  const properties = readPropertiesAnswer(3, 7, { 44: "4.10.1", 70: "eBCON", 121: "Delta", 77: "AHU" });
  for (const segment of inSegments(properties, 40)) yield udpFrame(building, client, BACNET_PORT, BACNET_PORT, segment);
}

describe.skipIf(!hasTshark)(
  `messages over connections and in parts, with tshark as the oracle${hasTshark ? "" : " (skipped: tshark is not installed)"}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "breakwater-connections-"));
    const file = join(folder, "connections.pcap");
    let events: CaptureEvent[];

    beforeAll(async () => {
      const writer = captureWriter({ format: "pcap" });
      let timeUs = Date.UTC(2026, 0, 5) * 1000;
      const records = [...frames()].map((frame) => {
        timeUs += 1000;
        return writer.frame(timeUs, frame);
      });
      const bytes = Buffer.concat([writer.header(), ...records]);
      writeFileSync(file, bytes);
      events = await eventsOf(inChunks(bytes));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const modules = () => identitiesOf(events).flatMap((identity) => identity.modules);
    const hardware = () => identitiesOf(events).map((identity) => identity.hardware);

    it("has no malformed packet, and opens what tshark calls connections", () => {
      expect(tshark(file, "-Y", "_ws.malformed")).toEqual([]);
      const ids = tsharkFields(file, "cip.cm.ot_connid > 0", "cip.cm.ot_connid", "cip.cm.to_connid");
      expect(ids.map((pair) => pair.map(Number))).toEqual([CHASSIS, MODULE].map((one) => Object.values(one)));
    });

    it("tells the names and serial numbers that tshark reads of the same answers", () => {
      const told = [...hardware(), ...modules().map((one) => one.hardware)];
      for (const [member, field] of [
        ["productName", "cip.id.product_name"],
        ["serialNumber", "cip.id.serial_number"],
      ] as const) {
        const theirs = new Set(tsharkFields(file, field, field).flat());
        expect(theirs.size).toBe(2);
        expect(new Set(told.flatMap((one) => one[member] ?? []))).toEqual(theirs);
      }
    });

    it("gives the module its slot, and the device what was read without one", () => {
      expect(modules()).toMatchObject([{ slot: 4, hardware: { productName: "1756-IB16D/A" } }]);
      expect(hardware()).toContainEqual(expect.objectContaining({ productName: "1756-L85E/B" }));
    });

    it("tells of an answer in segments what tshark shows once it has joined them, as far as the first goes", () => {
      expect(tshark(file, "-Y", "bacapp.more_segments").length).toBeGreaterThan(0);
      expect(hardware()).toContainEqual(expect.objectContaining({ firmwareVersion: "4.10.1", model: "eBCON" }));
    });
  },
);
