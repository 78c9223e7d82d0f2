import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Framing } from "../dissectors/dissector.ts";
import { LIMITS, MemoryBudget } from "../limits.ts";
import { PduCutter } from "./pdu-cutter.ts";
import { StreamDirection } from "./stream-direction.ts";

/** A unit is 0xAA, its whole length, and bytes. */
const FRAMING: Framing = {
  headerBytes: 2,
  pduBytes: (bytes, at) => (bytes[at] === 0xaa && bytes[at + 1]! >= 2 ? bytes[at + 1]! : 0),
};

function unit(id: number, length: number): number[] {
  return [0xaa, length, ...new Array<number>(length - 2).fill(id)];
}

function open(budget = new MemoryBudget(1_000_000)) {
  const units: number[][] = [];
  let gaps = 0;
  const sink = {
    pdu: (bytes: Uint8Array, start: number, end: number) => void units.push([...bytes.slice(start, end)]),
    gap: () => void gaps++,
  };
  const direction = new StreamDirection(new PduCutter(FRAMING, budget, sink, true), budget);
  const send = (sequence: number, bytes: readonly number[], missingBytes = 0) =>
    direction.segment(sequence | 0, Uint8Array.from(bytes), 0, bytes.length, missingBytes, 1, 0);
  return { direction, send, units, budget, gaps: () => gaps };
}

describe("a stream's direction", () => {
  it("reads the segment after the end of a unit whose beginning is missing, however short that end is", () => {
    const { send, direction, units, gaps } = open();
    send(0, unit(1, 4));
    send(100, [7]);
    send(101, unit(2, 5));
    direction.flush();
    expect([units, gaps()]).toEqual([[unit(1, 4), unit(2, 5)], 2]);
  });

  it("gives the same units for segments out of order, repeated and overlapping, from any first number", () => {
    const lengths = fc.array(fc.integer({ min: 2, max: 60 }), { minLength: 1, maxLength: 20 });
    const pieces = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(9), fc.nat(6)), {
      minLength: 20,
      maxLength: 60,
    });
    fc.assert(
      fc.property(lengths, pieces, fc.integer(), (unitLengths, cuts, firstNumber) => {
        const expected = unitLengths.map((length, index) => unit(index, length));
        const stream = expected.flat();
        const segments: { at: number; end: number; order: number }[] = [];
        let at = 0;
        for (let index = 0; at < stream.length; index++) {
          const [length, back, delay] = cuts[index % cuts.length]!;
          const end = Math.min(stream.length, at + length);
          // The first segment leads, since it tells where the stream begins.
          segments.push({ at: Math.max(0, at - back), end, order: at === 0 ? -1 : index + delay });
          at = end;
        }
        segments.sort((one, other) => one.order - other.order);
        const { send, direction, units, budget } = open();
        for (const { at: from, end } of segments) send(firstNumber + from, stream.slice(from, end));
        direction.flush();
        expect(units).toEqual(expected);
        direction.clear();
        expect(budget.usedBytes).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it("goes on at the next segment after a gap that is never filled", () => {
    const { send, direction, units, gaps } = open();
    send(0, unit(1, 10));
    send(30, unit(3, 10));
    send(40, unit(4, 10));
    expect(units).toHaveLength(1);
    direction.flush();
    expect(units).toEqual([unit(1, 10), unit(3, 10), unit(4, 10)]);
    expect(gaps()).toBe(1);
  });

  it("waits for a bounded number of segments", () => {
    const { send, units, budget } = open();
    send(0, unit(1, 10));
    for (let index = 0; index <= LIMITS.maxHeldSegments; index++) send(20 + index * 10, unit(2, 10));
    expect(units).toHaveLength(2 + LIMITS.maxHeldSegments);
    expect(budget.usedBytes).toBe(0);
  });

  it("holds nothing that the budget refuses", () => {
    const { send, units, budget } = open(new MemoryBudget(5));
    send(0, unit(1, 10));
    send(20, unit(2, 10));
    expect(units).toEqual([unit(1, 10), unit(2, 10)]);
    expect(budget.refusals).toBe(1);
  });

  it("loses the unit that the capture cut short, and no other", () => {
    const { send, units } = open();
    send(0, [...unit(1, 10), 0xaa, 20, 7], 17);
    send(30, unit(3, 10));
    expect(units).toEqual([unit(1, 10), unit(3, 10)]);
  });

  it("takes what a cut segment lacked for lost, also when it is sent again", () => {
    const { send, units } = open();
    send(0, unit(1, 10), 10);
    send(0, [...unit(1, 10), ...unit(2, 10)]);
    send(20, unit(3, 10));
    expect(units).toEqual([unit(1, 10), unit(3, 10)]);
  });

  it("drops bytes that are no unit up to the next segment", () => {
    const { send, units, gaps } = open();
    send(0, [1, 2, 3, ...unit(9, 5)]);
    send(8, unit(2, 10));
    expect(units).toEqual([unit(2, 10)]);
    expect(gaps()).toBe(1);
  });

  it("starts again when the numbers jump further than any window", () => {
    const { send, units } = open();
    send(0, unit(1, 10).slice(0, 5));
    send(0x70000000, unit(2, 10));
    expect(units).toEqual([unit(2, 10)]);
  });
});
