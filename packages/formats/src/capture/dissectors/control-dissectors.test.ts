import { deviceInfo } from "@breakwater/simulator/capture/ads-messages";
import { dnp3Attributes, dnp3Request } from "@breakwater/simulator/capture/dnp3-messages";
import { cipRequest } from "@breakwater/simulator/capture/enip-messages";
import { hartIdentity } from "@breakwater/simulator/capture/hart-ip-messages";
import { singlePoint, startTransfer } from "@breakwater/simulator/capture/iec104-messages";
import { goose, mmsIdentifyResponse } from "@breakwater/simulator/capture/iec61850-messages";
import { melsecAnswer, melsecModel, melsecSerialRequest } from "@breakwater/simulator/capture/melsec-messages";
import { findServersResponse, getEndpointsResponse } from "@breakwater/simulator/capture/opc-ua-messages";
import { plcStart } from "@breakwater/simulator/capture/s7comm-messages";
import { synchrophasorConfiguration } from "@breakwater/simulator/capture/synchrophasor-messages";
import { describe, expect, it } from "vitest";
import { concat, eventsOf, inChunks, pcap, tcpFrame } from "../testing/capture-bytes.ts";
import { readDatagram, readDialogue, readEthernet, readEvents } from "../testing/read-dialogue.ts";
import { adsDissector } from "./ads/ads-dissector.ts";
import { readBer } from "./ber.ts";
import { c37118Dissector } from "./c37118/c37118-dissector.ts";
import { dnp3Dissector } from "./dnp3/dnp3-dissector.ts";
import { enipDissector } from "./enip/enip-dissector.ts";
import { gooseDissector } from "./goose/goose-dissector.ts";
import { hartIpDissector } from "./hart-ip/hart-ip-dissector.ts";
import { iec104Dissector } from "./iec104/iec104-dissector.ts";
import { melsecDissector } from "./melsec/melsec-dissector.ts";
import { opcUaDissector } from "./opc-ua/opc-ua-dissector.ts";
import { s7commDissector } from "./s7comm/s7comm-dissector.ts";

const NOTHING = new Uint8Array(0);
const hardwareOf = (told: { statements: { hardware: object }[] }) =>
  Object.assign({}, ...told.statements.map((one) => one.hardware));

/** A copy with one byte changed. */
function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  return Uint8Array.from(bytes, (byte, index) => (index === at ? value : byte));
}

describe("framing", () => {
  it.each([
    ["ADS", adsDissector, deviceInfo(1, { name: "TwinCAT", major: 3, minor: 1, build: 1 }), 0],
    ["C37.118", c37118Dissector, synchrophasorConfiguration(7, ["A"]), 0],
    ["DNP3", dnp3Dissector, dnp3Request(1, 2, 1), 4],
    [
      "HART-IP",
      hartIpDissector,
      hartIdentity(1, {
        expandedType: 1,
        deviceId: 1,
        manufacturer: 1,
        profile: 1,
        deviceRevision: 1,
        softwareRevision: 1,
        hardwareRevision: 1,
      }),
      0,
    ],
    ["IEC 104", iec104Dissector, startTransfer(), 3],
    ["MELSEC", melsecDissector, melsecSerialRequest(7, 0x0101), 1],
    ["OPC UA", opcUaDissector, findServersResponse(1, []), 3],
  ])("of %s knows whole units, and refuses a header that is none", (_, { tcp }, bytes, at) => {
    const { headerBytes, pduBytes } = tcp!.framing;
    expect(bytes.length).toBeGreaterThanOrEqual(headerBytes);
    expect(pduBytes(bytes, 0, bytes.length)).toBe(bytes.length);
    expect(pduBytes(changed(bytes, at, 0x99), 0, bytes.length)).toBe(0);
  });

  it("of a 4E frame asks for more while its length is not known", () => {
    expect(melsecDissector.tcp!.framing.pduBytes(melsecSerialRequest(7, 0x0101), 0, 9)).toBe(13);
  });

  it.each([
    ["opcua", opcUaDissector, 48_010],
    ["dnp3", dnp3Dissector, 20_547],
    ["iec104", iec104Dissector, 19_998],
  ])(
    "of %s is known by how a connection opens, whatever its port; not from within",
    async (protocol, dissector, port) => {
      const opening = {
        opcua: concat([0x48, 0x45, 0x4c, 0x46, 32, 0, 0, 0], new Uint8Array(24)),
        dnp3: dnp3Request(1, 2, 1),
        iec104: startTransfer(),
      }[protocol]!;
      expect(dissector.tcp!.isOpening!(opening, 0, opening.length)).toBe(true);
      expect(dissector.tcp!.isOpening!(opening, 0, 5)).toBe(false);
      const recognised = async (...payloads: Uint8Array[]) => {
        const frames = [tcpFrame([], { sequence: 99, flags: 2, sourcePort: 50_000, targetPort: port })];
        let sequence = 100;
        for (const payload of payloads) {
          frames.push(tcpFrame(payload, { sequence, sourcePort: 50_000, targetPort: port }));
          sequence += payload.length;
        }
        const events = await eventsOf(inChunks(pcap(frames)));
        return events.flatMap((one) => (one.type === "conversation" ? [one.conversation.protocol] : []));
      };
      expect(await recognised(opening)).toEqual([protocol]);
      expect(await recognised(Uint8Array.of(1, 2, 3), opening)).toEqual([null]);
    },
  );
});

describe("identity", () => {
  it("of a WirelessHART gateway is not that of the field devices behind it", () => {
    const revisions = { deviceRevision: 4, softwareRevision: 1, hardwareRevision: 1 };
    const gateway = { expandedType: 0x264e, deviceId: 0xd2, manufacturer: 38, profile: 132, ...revisions };
    const transmitter = { expandedType: 0x263f, deviceId: 0x123456, manufacturer: 38, profile: 129, ...revisions };
    for (const [sequence, device] of [gateway, transmitter].entries()) {
      const told = readDatagram(hartIpDissector, hartIdentity(sequence, device));
      expect(told.statements.map(({ hardware }) => hardware.serialNumber)).toEqual(
        device === gateway ? ["264e0000d2"] : [],
      );
      expect(told.protocols).toEqual(["hart-ip"]);
    }
  });

  it("is not told by what is cut, of another kind, or wrong by its check sum", () => {
    const cut = mmsIdentifyResponse(1, { vendor: "V", model: "M", revision: "1" }).slice(0, -2);
    expect(readDialogue(s7commDissector, NOTHING, cut).statements).toEqual([]);
    const names = goose({ controlBlock: "A/LLN0$GO$b", dataSet: "A/LLN0$d", gooseId: "" }, 1);
    expect(readEthernet(gooseDissector, names.subarray(0, names.length - 1))).toEqual([]);
    expect(readEthernet(gooseDissector, names)[0]?.hardware).toEqual({ deviceName: "A", moduleName: "A/LLN0$GO$b" });
    const configuration = synchrophasorConfiguration(7, ["NORTH"]);
    expect(readDatagram(c37118Dissector, configuration).protocols).toEqual(["c37.118"]);
    expect(readDatagram(c37118Dissector, changed(configuration, 20, 0xff))).toEqual({
      statements: [],
      protocols: [null],
    });
    const attributes = dnp3Attributes(100, 7, { 250: "RTU" });
    expect(hardwareOf(readDatagram(dnp3Dissector, attributes))).toMatchObject({ model: "RTU" });
    expect(readDatagram(dnp3Dissector, changed(attributes, 15, 0xff)).statements).toEqual([]);
  });

  it("is the station's own, not that of those it passes on", () => {
    const told = hardwareOf(readDatagram(c37118Dissector, synchrophasorConfiguration(7, ["NORTH", "SOUTH"])));
    expect(told).toEqual({ moduleName: "Synchrophasor stream 7", type: "Phasor data concentrator (PDC)" });
    const server = (name: string) => ({ applicationUri: `urn:${name}`, productUri: "urn:p", applicationName: name });
    const found = (...names: string[]) =>
      readDialogue(opcUaDissector, NOTHING, findServersResponse(1, names.map(server)));
    expect(hardwareOf(found("A"))).toMatchObject({ productName: "A", moduleName: "urn:A", deviceId: "urn:p" });
    expect(found("A", "B").statements).toEqual([]);
  });

  it("of OPC UA is joined from chunks, unless one is lost or they are too many", () => {
    const described = { applicationUri: "urn:a", productUri: "urn:p", applicationName: "Ä server" };
    const answer = getEndpointsResponse(1, "opc.tcp://a", described, 40);
    const { headerBytes, pduBytes } = opcUaDissector.tcp!.framing;
    const chunks: Uint8Array[] = [];
    for (let at = 0; at + headerBytes <= answer.length; at += pduBytes(answer, at, answer.length))
      chunks.push(answer.subarray(at, at + pduBytes(answer, at, answer.length)));
    const units = (pieces: Uint8Array[]) => pieces.flatMap((piece) => [NOTHING, piece]);
    expect(chunks.length).toBeGreaterThan(3);
    expect(hardwareOf(readDialogue(opcUaDissector, ...units(chunks)))).toMatchObject({ productName: "Ä server" });
    expect(readDialogue(opcUaDissector, ...units(chunks.slice(1))).statements).toEqual([]);
    const long = concat([...chunks[0]!.subarray(0, 24)], new Uint8Array(300_000));
    const [head, ...rest] = chunks;
    expect(readDialogue(opcUaDissector, ...units([head!, long, ...rest])).statements).toEqual([]);
  });

  it("of a MELSEC CPU is not that of another station, to which it passes requests on", () => {
    const own = melsecModel("R04ENCPU", 1);
    const told = (at: number, value: number) =>
      readDatagram(melsecDissector, changed(own, at, value)).statements.map(({ hardware }) => hardware.model);
    // Network, station, CPU 2 of the rack, multidrop station; CPU 1 is the one asked.
    expect([told(2, 1), told(3, 2), told(4, 0xe1), told(6, 1)]).toEqual([[], [], [], []]);
    expect(told(4, 0xe0)).toEqual(["R04ENCPU"]);
  });

  it("of a MELSEC CPU is a name in the form of its kind, not any sixteen characters", () => {
    expect(hardwareOf(readDatagram(melsecDissector, melsecModel("FX5U-32MR/ES", 1)))).toMatchObject({
      model: "FX5U-32MR/ES",
    });
    expect(readDatagram(melsecDissector, melsecModel("HELLO WORLD", 1)).statements).toEqual([]);
    expect(readDatagram(melsecDissector, melsecAnswer(Uint8Array.from({ length: 18 }, () => 0x51))).statements).toEqual(
      [],
    );
  });

  it("is a role only, where values are sent", () => {
    expect(hardwareOf(readDialogue(iec104Dissector, NOTHING, singlePoint(0, 1, 1, true)))).toEqual({
      type: "IEC 104 controlled station",
    });
  });
});

describe("events", () => {
  it("tell a cold start of an S7 CPU from a warm one", () => {
    const details = [false, true].flatMap((isCold) => readEvents(s7commDissector, plcStart(1, isCold)));
    expect(details.map(({ detail }) => detail)).toEqual(["PLC start", "PLC cold start"]);
  });

  it("are found among several CIP services of one message, each once, and not in parts of parts", () => {
    const stop = [0x07, 2, 0x20, 0x64, 0x24, 1];
    const two = [2, 0, 6, 0, 12, 0, ...stop, ...stop];
    expect(readEvents(enipDissector, cipRequest(1, 1, 0x0a, 0x02, two))).toHaveLength(2);
    const nested = [1, 0, 4, 0, 0x0a, 2, 0x20, 2, 0x24, 1, ...two];
    expect(readEvents(enipDissector, cipRequest(1, 1, 0x0a, 0x02, nested))).toEqual([]);
    expect(readEvents(enipDissector, cipRequest(1, 1, 0x05, 0x05))).toEqual([]);
    expect(readEvents(enipDissector, cipRequest(1, 1, 0x87, 0x64))).toEqual([]);
  });
});

describe("BER", () => {
  it.each<[string, number[], [number, number] | null]>([
    ["short length", [0x80, 2, 1, 2], [2, 4]],
    ["long length", [0x80, 0x82, 0, 1, 9], [4, 5]],
    ["no content", [0x82, 0], [2, 2]],
    ["more than there is", [0x80, 3, 1, 2], null],
    ["a length that lies", [0x80, 0x84, 0xff, 0xff, 0xff, 0xff, 1], null],
    ["a length of too many bytes", [0x80, 0x85, 0, 0, 0, 0, 1, 9], null],
    ["an open end", [0x30, 0x80, 0, 0], null],
    ["a long tag", [0x9f, 0x1f, 0], null],
    ["a cut length", [0x80, 0x82, 0], null],
  ])("reads %s", (_, bytes, expected) => {
    const element = readBer(Uint8Array.from(bytes), 0, bytes.length);
    expect(element === null ? null : [element.start, element.end]).toEqual(expected);
  });
});
