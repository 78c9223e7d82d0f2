import { foxHello } from "@breakwater/simulator/capture/fox-messages";
import { describe, expect, it } from "vitest";
import { MemoryBudget } from "../../limits.ts";
import { readDialogue } from "../../testing/read-dialogue.ts";
import { foxDissector } from "./fox-dissector.ts";

const HELLO = foxHello(true, {
  hostName: "10.0.0.7",
  "app.version": "4.11.2.18",
  "os.name": "QNX",
  "station.name": "north_wing",
  brandId: "vykon",
  hostId: "Qnx-TITAN-8C1A",
});
const GREETING = foxHello(false, { hostName: "workbench", "app.version": "9.9" });

function open() {
  const budget = new MemoryBudget(100_000);
  const session = foxDissector.tcp!.openSession(budget);
  const versions: (string | undefined)[] = [];
  const read = (bytes: Uint8Array) =>
    session.message(
      { bytes, start: 0, end: bytes.length, isFromServer: true, frame: 1, seenAt: 0 },
      (statement) => versions.push(statement.hardware.firmwareVersion),
      () => {},
    );
  return { session, budget, versions, read };
}

describe("the hello of a station", () => {
  it("tells version, brand, station and host", () => {
    expect(readDialogue(foxDissector, GREETING, HELLO)).toEqual({
      protocols: ["fox", "fox"],
      statements: [
        {
          hardware: {
            manufacturer: "Tridium",
            family: "Niagara",
            productName: "Niagara (vykon)",
            firmwareVersion: "4.11.2.18",
            deviceName: "north_wing",
            serialNumber: "Qnx-TITAN-8C1A",
            operatingSystem: "QNX",
            type: "Building Automation Controller",
          },
          confidence: 85,
        },
      ],
    });
  });

  it("is joined from segments cut anywhere, and gives its memory back", () => {
    for (let split = 1; split < HELLO.length; split++) {
      const { budget, versions, read } = open();
      read(HELLO.subarray(0, split));
      read(HELLO.subarray(split));
      expect(versions).toEqual(["4.11.2.18"]);
      expect(budget.usedBytes).toBe(0);
    }
  });

  it("is not made of a client's greeting, of other bytes, or across a gap", () => {
    const { session, versions, read } = open();
    expect(read(GREETING)).toBeNull();
    expect(read(Buffer.from("HTTP/1.1 400 Bad Request\r\n"))).toBeNull();
    read(HELLO.subarray(0, 60));
    session.gap(true);
    read(HELLO.subarray(60));
    expect(versions).toEqual([]);
  });

  it("is given up when it does not end", () => {
    const { budget, versions, read } = open();
    read(HELLO.subarray(0, 60));
    for (let count = 0; count < 20; count++) read(Buffer.from("x".repeat(1000)));
    expect([versions, budget.usedBytes]).toEqual([[], 0]);
  });
});
