import { plusSessionAnswer, plusSessionRequest } from "@breakwater/simulator/capture/s7comm-messages";
import { describe, expect, it } from "vitest";
import { readDialogue } from "../../testing/read-dialogue.ts";
import { s7commDissector } from "../s7comm/s7comm-dissector.ts";

const read = (answer: Uint8Array) => readDialogue(s7commDissector, plusSessionRequest(1), answer);

describe("the set-up of an S7comm-plus session", () => {
  it.each([
    ["6ES7 516-3AN02-0AB0", "2.9", "V2.9"],
    ["6ES7 212-1BE31-0XB0 ", "4.0", "V4.0"],
    ["6ES7 214-1AG40-0XB0", "4.5.2", "V4.5.2"],
  ])("tells order number %s and firmware %s", (orderNumber, firmware, firmwareVersion) => {
    expect(read(plusSessionAnswer(1, orderNumber, firmware))).toEqual({
      protocols: ["s7comm-plus", "s7comm-plus"],
      statements: [
        {
          hardware: {
            manufacturer: "Siemens",
            orderNumber: orderNumber.trim(),
            firmwareVersion,
            type: "Programmable Logic Controller (PLC)",
          },
          confidence: 85,
          protocol: "s7comm-plus",
        },
      ],
    });
  });

  it("is nothing else than the answer to it", () => {
    const other = plusSessionAnswer(1, "6ES7 516-3AN02-0AB0", "2.9");
    // Behind TPKT and COTP and the head of the unit: opcode, then the function.
    other[11] = 0x33;
    expect(read(other).statements).toEqual([]);
    expect(read(plusSessionAnswer(1, "Somebody's PLC", "2.9")).statements).toEqual([]);
    expect(readDialogue(s7commDissector, plusSessionAnswer(1, "6ES7 516-3AN02-0AB0", "2.9")).statements).toEqual([]);
  });
});
