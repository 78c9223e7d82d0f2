import {
  controllerData,
  controllerDataRequest,
  finsOverTcp,
  nodeAddressAnswer,
  nodeAddressRequest,
} from "@breakwater/simulator/capture/fins-messages";
import { describe, expect, it } from "vitest";
import { readDatagram, readDialogue } from "../../testing/read-dialogue.ts";
import { finsDissector } from "./fins-dissector.ts";

const CPU = { model: "CJ2M-CPU33", version: "02.01" };
const told = (bytes: Uint8Array) => readDatagram(finsDissector, bytes).statements;
const EXPECTED = {
  hardware: {
    manufacturer: "Omron",
    type: "Programmable Logic Controller (PLC)",
    model: "CJ2M-CPU33",
    orderNumber: "CJ2M-CPU33",
    firmwareVersion: "02.01",
  },
  confidence: 90,
};

describe("Controller Data Read", () => {
  it("tells model and version, over UDP and over TCP", () => {
    const answer = controllerData(1, 2, 3, CPU);
    expect(told(answer)).toEqual([EXPECTED]);
    const units = [nodeAddressRequest(), nodeAddressAnswer(2, 1), finsOverTcp(controllerDataRequest(1, 2, 3))];
    expect(readDialogue(finsDissector, ...units, finsOverTcp(answer))).toEqual({
      protocols: ["fins", "fins", "fins", "fins"],
      statements: [EXPECTED],
    });
  });

  it("tells nothing when it failed, is cut, asks, or comes from a unit beside the CPU", () => {
    const damaged = (at: number, value: number) => {
      const answer = controllerData(1, 2, 3, CPU);
      answer[at] = value;
      return told(answer);
    };
    expect(damaged(12, 0x05)).toEqual([]);
    expect(damaged(8, 0x10)).toEqual([]);
    expect(told(controllerDataRequest(1, 2, 3))).toEqual([]);
    expect(told(controllerData(1, 2, 3, CPU).subarray(0, 100))).toEqual([]);
    // A CPU that reports a battery error beside the result.
    expect(damaged(13, 0x40)).toEqual([EXPECTED]);
  });

  it("is not looked for in payload of another protocol", () => {
    expect(readDatagram(finsDissector, new Uint8Array(30)).protocols).toEqual([null]);
    expect(readDatagram(finsDissector, new Uint8Array(30).fill(0xff)).protocols).toEqual([null]);
  });
});
