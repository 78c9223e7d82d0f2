import {
  deviceIdentification,
  readDeviceIdentification,
  reportServerId,
  serverId,
  umasId,
  umasReadId,
} from "@breakwater/simulator/capture/modbus-messages";
import { describe, expect, it } from "vitest";
import { MemoryBudget } from "../../limits.ts";
import { readDialogue } from "../../testing/read-dialogue.ts";
import { modbusDissector } from "./modbus-dissector.ts";

const told = (...units: Uint8Array[]) => readDialogue(modbusDissector, ...units).statements;
const OBJECTS = { 0: "Schneider Electric", 1: "TM221CE24R", 2: "V1.10", 3: "https://example.org", 5: "M221" };

describe("Read Device Identification", () => {
  it("tells vendor, product code, revision and model", () => {
    const answer = deviceIdentification(1, 255, OBJECTS);
    expect(readDialogue(modbusDissector, readDeviceIdentification(1, 255), answer)).toEqual({
      protocols: ["modbus", "modbus"],
      statements: [
        {
          hardware: {
            manufacturer: "Schneider Electric",
            orderNumber: "TM221CE24R",
            productName: "TM221CE24R",
            firmwareVersion: "V1.10",
            model: "M221",
          },
          confidence: 85,
        },
      ],
    });
  });

  it("is believed less of a unit that may sit behind a gateway", () => {
    expect(told(readDeviceIdentification(1, 17), deviceIdentification(1, 17, OBJECTS))[0]?.confidence).toBe(75);
  });

  it("keeps the objects before one that is cut off, and takes no exception for an answer", () => {
    const whole = deviceIdentification(1, 0, { 0: "Acme", 1: "X-1" });
    expect(told(readDeviceIdentification(1, 0), whole.subarray(0, whole.length - 1))).toMatchObject([
      { hardware: { manufacturer: "Acme" } },
    ]);
    const exception = Uint8Array.from(whole);
    exception[7] = 0xab;
    expect(told(readDeviceIdentification(1, 0), exception)).toEqual([]);
  });

  it("is no identity of the side that asks", () => {
    expect(told(deviceIdentification(1, 255, OBJECTS))).toEqual([]);
  });
});

describe("Report Server ID", () => {
  it("tells the longest text, with some doubt", () => {
    expect(told(reportServerId(1, 255), serverId(1, 255, "PM5560\u0001power meter"))).toEqual([
      { hardware: { productName: "power meter" }, confidence: 60 },
    ]);
    expect(told(reportServerId(1, 255), serverId(1, 255, "ab"))).toEqual([]);
  });
});

describe("UMAS", () => {
  it("tells the CPU of an answer whose question was to read the id", () => {
    const expected = { orderNumber: "BMX P34 2020", model: "BMX P34 2020", manufacturer: "Schneider Electric" };
    expect(told(umasReadId(2), umasId(2, "BMX P34 2020"))).toMatchObject([
      { hardware: expected, confidence: 90, protocol: "umas" },
    ]);
    expect(told(umasReadId(2), umasId(3, "BMX P34 2020"))).toEqual([]);
    expect(told(umasReadId(2), umasId(2, "BMX P34 2020").subarray(0, 40))).toEqual([]);
  });

  it("takes a text that is no Modicon's type for the name that the plant gave", () => {
    const [statement] = told(umasReadId(2), umasId(2, "Mixer north"));
    expect(statement?.hardware).toMatchObject({ deviceName: "Mixer north" });
    expect(statement?.hardware).not.toHaveProperty("model");
  });

  it("forgets questions when bytes are missing", () => {
    const session = modbusDissector.tcp!.openSession(new MemoryBudget(1000));
    const statements: unknown[] = [];
    const read = (bytes: Uint8Array, isFromServer: boolean) =>
      session.message(
        { bytes, start: 0, end: bytes.length, isFromServer, frame: 1, seenAt: 0 },
        (statement) => statements.push(statement),
        () => {},
      );
    read(umasReadId(2), false);
    session.gap(true);
    read(umasId(2, "BMX P34 2020"), true);
    expect(statements).toEqual([]);
  });
});

describe("framing", () => {
  it("knows a header by protocol and length, UMAS being allowed more", () => {
    const { pduBytes } = modbusDissector.tcp!.framing;
    const header = (protocol: number, length: number, code: number) =>
      pduBytes(Uint8Array.of(0, 1, 0, protocol, length >> 8, length & 0xff, 255, code), 0, 8);
    expect([header(0, 6, 3), header(0, 254, 3), header(0, 255, 3)]).toEqual([12, 260, 0]);
    expect([header(1, 6, 3), header(0, 1, 3), header(0, 1022, 0x5a)]).toEqual([0, 0, 1028]);
  });
});
