import { identityAnswer, identityRequest, moduleIdentityRequest } from "@breakwater/simulator/capture/enip-messages";
import { describe, expect, it } from "vitest";
import { readDialogue } from "../../testing/read-dialogue.ts";
import { enipDissector } from "./enip-dissector.ts";

const CPU = {
  productName: "1756-L85E/B",
  deviceType: 14,
  productCode: 168,
  majorRevision: 33,
  minorRevision: 11,
  serialNumber: 0x00aa1002,
};
const HARDWARE = {
  manufacturer: "Rockwell Automation",
  type: "Programmable Logic Controller (PLC)",
  firmwareVersion: "33.11",
  serialNumber: "0x00aa1002",
  productName: "1756-L85E/B",
  catalogNumber: "1756-L85E/B",
};
const told = (...units: Uint8Array[]) => readDialogue(enipDissector, ...units).statements;

describe("reads of the identity object", () => {
  it("tell of the device itself without a route", () => {
    expect(told(identityRequest(1, 5), identityAnswer(1, 5, CPU))).toEqual([
      { hardware: HARDWARE, confidence: 95, protocol: "cip" },
    ]);
  });

  it("tell of the module in a slot when the route goes to the backplane", () => {
    expect(told(moduleIdentityRequest(1, 5, 3), identityAnswer(1, 5, CPU))).toEqual([
      { hardware: {}, modules: [{ rack: null, slot: 3, hardware: HARDWARE }], confidence: 95, protocol: "cip" },
    ]);
  });

  it("are matched with their questions by context, the last question counting", () => {
    expect(told(moduleIdentityRequest(1, 5, 3), identityAnswer(1, 6, CPU))).toEqual([]);
    const other = identityRequest(1, 5);
    // Another class than the identity object's, asked with the same context.
    other[other.length - 3] = 0x04;
    const nothing = new Uint8Array(0);
    expect(told(moduleIdentityRequest(1, 5, 3), nothing, other, identityAnswer(1, 5, CPU))).toEqual([]);
  });

  it("are left alone when the route leads through the chassis to another network, or the module refused", () => {
    const onwards = moduleIdentityRequest(1, 5, 3);
    onwards[onwards.length - 2] = 0x02;
    expect(told(onwards, identityAnswer(1, 5, CPU))).toEqual([]);
    const refused = identityAnswer(1, 5, CPU);
    // Behind encapsulation and items: service, reserved, status.
    refused[24 + 6 + 2 + 4 + 4 + 2] = 0x05;
    expect(told(moduleIdentityRequest(1, 5, 3), refused)).toEqual([]);
  });

  it("tell nothing of an answer cut anywhere before the name", () => {
    const whole = identityAnswer(1, 5, CPU);
    for (let length = 0; length < whole.length - CPU.productName.length; length++)
      expect(told(moduleIdentityRequest(1, 5, 3), whole.subarray(0, length))).toEqual([]);
  });
});
