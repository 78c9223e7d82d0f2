import { describe, expect, it } from "vitest";
import type { CaptureEvent, ProcessEventRecord } from "../records.ts";
import type { EventStatement, Message } from "./dissectors/dissector.ts";
import { EventCollector } from "./event-collector.ts";
import { LIMITS } from "./limits.ts";
import { AddressTable } from "./network/address-table.ts";

function collect() {
  const addresses = new AddressTable();
  const told: CaptureEvent[] = [];
  const collector = new EventCollector(addresses, told);
  const message: Message = { bytes: new Uint8Array(0), start: 0, end: 0, isFromServer: false, frame: 0, seenAt: 0 };
  /** At so many seconds, from 10.0.0.1 to 10.0.0.`server`. */
  const see = (seconds: number, statement: EventStatement, server = 2) => {
    message.frame += 1;
    message.seenAt = seconds * 1000;
    collector.setEnds("s7comm", addresses.internIpv4(0x0a000001), addresses.internIpv4(0x0a000000 + server), message);
    collector.emit(statement);
  };
  const finish = (): ProcessEventRecord[] => {
    collector.finish();
    return told.flatMap((one) => (one.type === "event" ? [one.event] : []));
  };
  return { see, finish, told };
}

const load = (detail: string): EventStatement => ({ kind: "PROGRAM_DOWNLOAD", detail });

describe("messages of one act", () => {
  it("are one event with their number, span and first frame", () => {
    const { see, finish } = collect();
    for (let block = 0; block < 1000; block++) see(block, load("OB 1"));
    expect(finish()).toEqual([
      {
        ...{ kind: "PROGRAM_DOWNLOAD", protocol: "s7comm", clientIp: "10.0.0.1", serverIp: "10.0.0.2", detail: "OB 1" },
        ...{ messages: 1000, startedAt: 0, endedAt: 999_000, frame: 1 },
      },
    ]);
  });

  it("are so up to 60 seconds apart, and two events beyond, whichever way the time goes", () => {
    const { see, finish } = collect();
    for (const seconds of [0, 60, 121, 61, 0]) see(seconds, load(""));
    expect(finish().map(({ startedAt, endedAt, messages }) => [startedAt, endedAt, messages])).toEqual([
      [0, 60_000, 2],
      [61_000, 121_000, 2],
      [0, 0, 1],
    ]);
  });

  it("are of one kind, one protocol and one pair of ends", () => {
    const { see, finish } = collect();
    see(0, load("a"));
    see(1, { kind: "STOP", detail: "a" });
    see(2, { ...load("a"), protocol: "umas" });
    see(3, load("a"), 3);
    see(4, load("a"));
    expect(finish().map(({ messages }) => messages)).toEqual([1, 1, 1, 2]);
  });

  it("tell each detail once, none when there is none, and the first ones when they are many", () => {
    const { see, finish } = collect();
    for (const detail of ["", "OB 1", "", "FC 7", "OB 1"]) see(0, load(detail));
    for (let block = 0; block < 500; block++) see(1, { kind: "PROGRAM_UPLOAD", detail: `DB ${block}` });
    see(2, { kind: "STOP", detail: "" });
    const [first, second, third] = finish();
    expect(first).toMatchObject({ detail: "OB 1, FC 7", messages: 5 });
    expect(second?.detail).toMatch(/^DB 0, DB 1, .* …$/);
    expect(second?.detail.length).toBeLessThan(220);
    expect(third?.detail).toBe("");
  });

  it("that may still go on are bounded: the one that rested longest is told for a new one", () => {
    const { see, told } = collect();
    for (let server = 2; server < LIMITS.maxOpenEvents + 2; server++) see(0, load(""), server);
    see(1, load(""), 2);
    expect(told).toEqual([]);
    see(1, load(""), 1_000_000);
    expect(told).toMatchObject([{ type: "event", event: { serverIp: "10.0.0.3", messages: 1 } }]);
  });
});
