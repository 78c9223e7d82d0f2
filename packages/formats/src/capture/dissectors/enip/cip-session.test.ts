import {
  connected,
  forwardOpen,
  forwardOpenAnswer,
  severalAnswers,
  severalServices,
} from "@breakwater/simulator/capture/cip-connections";
import {
  GET_IDENTITY,
  identityAnswer,
  identityReply,
  identityRequest,
  moduleIdentityRequest,
  unconnected,
} from "@breakwater/simulator/capture/enip-messages";
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

/** A service of another class, and its refusal. */
const OTHER = Uint8Array.of(0x0e, 3, 0x20, 0x64, 0x24, 1, 0x30, 1);
const REFUSED = Uint8Array.of(0x8e, 0, 0x05, 0);

describe("several services in one message", () => {
  const asked = unconnected(1, 5, severalServices([OTHER, GET_IDENTITY]));

  it("tell the identity that is among the answers, one that was refused before it", () => {
    const answers = severalAnswers([REFUSED, identityReply(CPU)], true);
    expect(told(asked, unconnected(1, 5, answers))).toEqual([{ hardware: HARDWARE, confidence: 95, protocol: "cip" }]);
  });

  it("tell nothing when the read itself is refused, another place answers, or the offsets lie", () => {
    expect(told(asked, unconnected(1, 5, severalAnswers([identityReply(CPU), REFUSED], true)))).toEqual([]);
    expect(told(asked, unconnected(1, 5, severalAnswers([identityReply(CPU)])))).toEqual([]);
    const lying = unconnected(1, 5, severalAnswers([REFUSED, identityReply(CPU)]));
    // The second offset, behind encapsulation, items, the answer's head, the number and the first offset.
    lying[24 + 6 + 2 + 4 + 4 + 4 + 2 + 2] = 0;
    expect(told(asked, lying)).toEqual([]);
  });
});

describe("reads over a connection", () => {
  const ids = { toTarget: 0x8001_0002, toOriginator: 0x1122_3344 };
  const over = (slot: number | null, isLarge = false) => [
    forwardOpen(1, 5, ids.toOriginator, { slot, isLarge }),
    forwardOpenAnswer(1, 5, ids, { isLarge }),
    connected(1, ids.toTarget, 9, GET_IDENTITY),
    connected(1, ids.toOriginator, 9, identityReply(CPU)),
  ];

  it("tell of whom the opening of the connection names: the device, or the module in a slot", () => {
    expect(told(...over(null))).toEqual([{ hardware: HARDWARE, confidence: 95, protocol: "cip" }]);
    for (const isLarge of [false, true]) {
      expect(told(...over(2, isLarge))).toEqual([
        { hardware: {}, modules: [{ rack: null, slot: 2, hardware: HARDWARE }], confidence: 95, protocol: "cip" },
      ]);
    }
  });

  it("tell it of a read among several services, too", () => {
    const [open, opened] = over(2);
    const question = connected(1, ids.toTarget, 1, severalServices([OTHER, OTHER, GET_IDENTITY]));
    const answer = connected(1, ids.toOriginator, 1, severalAnswers([REFUSED, REFUSED, identityReply(CPU)], true));
    expect(told(open!, opened!, question, answer)).toMatchObject([{ modules: [{ slot: 2, hardware: HARDWARE }] }]);
  });

  it("are left alone without the opening, after a refused one, in another sequence or over another connection", () => {
    const [open, opened, question, answer] = over(2) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect(told(question, answer)).toEqual([]);
    const refused = Uint8Array.from(opened);
    refused[24 + 6 + 2 + 4 + 4 + 2] = 1;
    expect(told(open, refused, question, answer)).toEqual([]);
    expect(told(open, opened, question, connected(1, ids.toOriginator, 8, identityReply(CPU)))).toEqual([]);
    expect(told(open, opened, question, connected(1, ids.toTarget, 9, identityReply(CPU)))).toEqual([]);
    expect(told(open, opened, connected(1, 7, 9, GET_IDENTITY), answer)).toEqual([]);
  });
});
