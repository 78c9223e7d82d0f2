import {
  iAm,
  inSegments,
  readPropertiesAnswer,
  readPropertyAnswer,
  whoIs,
} from "@breakwater/simulator/capture/bacnet-messages";
import { describe, expect, it } from "vitest";
import { concat } from "../../testing/capture-bytes.ts";
import { readDatagram } from "../../testing/read-dialogue.ts";
import { bacnetDissector } from "./bacnet-dissector.ts";

const read = (bytes: Uint8Array) => readDatagram(bacnetDissector, bytes);
const told = (bytes: Uint8Array) => read(bytes).statements;
/** The packet with other BVLC function and what stands before the APDU. */
const wrap = (packet: Uint8Array, bvlcFunction: number, head: number[]) => {
  const apdu = packet.subarray(6);
  return concat([0x81, bvlcFunction, 0, 4 + head.length + apdu.length], head, apdu);
};

describe("I-Am", () => {
  it("tells instance and vendor", () => {
    expect(read(iAm(1201, 8))).toEqual({
      protocols: ["bacnet"],
      statements: [{ hardware: { moduleName: "BACnet device 1201", manufacturer: "Delta Controls" }, confidence: 65 }],
    });
    expect(told(iAm(1201, 1999))).toEqual([
      expect.objectContaining({ hardware: { moduleName: "BACnet device 1201", vendorId: "1999" } }),
    ]);
  });

  it("is no identity of a device that has no instance yet", () => {
    expect(told(iAm(2 ** 22 - 1, 8))).toEqual([]);
  });

  it("is about the address that a forwarder names", () => {
    expect(told(wrap(iAm(5, 8), 0x04, [10, 9, 8, 7, 0xba, 0xc0, 1, 0]))).toMatchObject([{ ipAddress: "10.9.8.7" }]);
  });

  it("is read behind a target network, and not of devices behind a router", () => {
    expect(told(wrap(iAm(5, 8), 0x0b, [1, 0x20, 0xff, 0xff, 0, 0xff]))).toHaveLength(1);
    expect(told(wrap(iAm(5, 8), 0x0b, [1, 0x08, 0, 7, 1, 3]))).toEqual([]);
    expect(told(wrap(iAm(5, 8), 0x0b, [1, 0x80, 1]))).toEqual([]);
  });
});

describe("properties", () => {
  it("tell name, model, firmware and serial number of the device object", () => {
    expect(told(readPropertyAnswer(1, 1201, 77, "Süd AHU-1"))).toEqual([
      { hardware: { moduleName: "BACnet device 1201", deviceName: "Süd AHU-1" }, confidence: 85 },
    ]);
    const answer = readPropertiesAnswer(2, 7, { 44: "4.10.1", 70: "eBCON", 121: "Delta", 372: null, 77: "AHU" });
    expect(told(answer)).toEqual([
      {
        hardware: {
          moduleName: "BACnet device 7",
          firmwareVersion: "4.10.1",
          model: "eBCON",
          manufacturer: "Delta",
          deviceName: "AHU",
        },
        confidence: 85,
      },
    ]);
  });

  it("in segments tell what stands whole in the first", () => {
    const answer = readPropertiesAnswer(2, 7, { 44: "4.10.1", 70: "eBCON", 121: "Delta", 77: "AHU" });
    const [first, second] = inSegments(answer, 40) as [Uint8Array, Uint8Array];
    expect(told(first)).toEqual([
      {
        hardware: { moduleName: "BACnet device 7", firmwareVersion: "4.10.1", model: "eBCON", deviceName: "AHU" },
        confidence: 85,
      },
    ]);
    expect(told(second)).toEqual([]);
    for (let length = 0; length < 13; length++) expect(told(first.subarray(0, length))).toEqual([]);
  });

  it("of other objects, other properties and elements of arrays tell nothing", () => {
    const analogInput = readPropertyAnswer(1, 3, 77, "Room 4");
    // The object id follows BVLC, NPDU, APDU head and its tag: type 0 instead of 8.
    analogInput[10] = 0;
    expect(told(analogInput)).toEqual([]);
    expect(told(readPropertyAnswer(1, 3, 28, "a description"))).toEqual([]);
    const packet = readPropertyAnswer(1, 3, 77, "AHU");
    const indexed = concat(packet.subarray(0, 16), [0x29, 1], packet.subarray(16));
    indexed[3] = indexed.length;
    expect(told(indexed)).toEqual([]);
  });

  it("are read in the character sets that devices use", () => {
    const text = (set: number, bytes: number[]) => {
      const packet = readPropertyAnswer(1, 3, 77, "");
      const whole = concat(packet.subarray(0, 17), [0x75, 1 + bytes.length, set, ...bytes], [0x3f]);
      whole[3] = whole.length;
      return told(whole)[0]?.hardware.deviceName;
    };
    expect(text(4, [0, 0x41, 0x01, 0x7c])).toBe("Aż");
    expect(text(5, [0x53, 0xfc, 0x64])).toBe("Süd");
    expect(text(2, [1, 2, 3])).toBeUndefined();
  });

  it("are not put together from a segmented or cut answer", () => {
    const whole = readPropertiesAnswer(2, 7, { 70: "eBCON" });
    for (let length = 0; length < whole.length - 5; length++) {
      expect(told(whole.subarray(0, length)).filter(({ confidence }) => confidence === 85)).toEqual([]);
    }
    const segmented = Uint8Array.from(whole);
    segmented[6] = 0x38;
    expect(told(segmented)).toEqual([]);
  });
});

describe("other packets", () => {
  it("are recognised by their first byte and function", () => {
    expect(read(whoIs())).toEqual({ protocols: ["bacnet"], statements: [] });
    expect(read(Uint8Array.of(0x82, 0x0a, 0, 4)).protocols).toEqual([null]);
    expect(read(Uint8Array.of(0x81, 0x77, 0, 4)).protocols).toEqual([null]);
  });
});
