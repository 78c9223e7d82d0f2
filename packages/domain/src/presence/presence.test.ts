import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addAbsence,
  addSight,
  type Event,
  foldPresence,
  type Look,
  MAX_LOOKS,
  type Timeline,
  toMarks,
} from "./index.ts";
import { expectFinding, type Report, type Told } from "./presence-oracle.ts";

const CHECKS = ["p", "q"];
const SOURCES = ["A", "B", "C"];

const words: fc.Arbitrary<Told[]> = fc.uniqueArray(
  fc.record(
    {
      check: fc.constantFrom(...CHECKS),
      state: fc.constantFrom("open" as const, "open" as const, "fixed" as const),
    },
    { requiredKeys: ["check", "state"] },
  ),
  { selector: ({ check }) => check, maxLength: 2 },
);

const reportsOf = (maxSources: number, maxLength: number, minLength = 1): fc.Arbitrary<Report[]> =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength, maxLength })
    .chain((times) =>
      fc.tuple(
        ...times.map((at) =>
          fc.record({
            source: fc.constantFrom(...SOURCES.slice(0, maxSources)),
            at: fc.constant(at),
            isComplete: fc.boolean(),
            told: words,
          }),
        ),
      ),
    )
    .map((all) => all.map((one) => ({ ...one, told: one.told.map((word) => withDate(word, one.at)) })));

/** Of some of what is fixed, by the time alone. */
function withDate(word: Told, at: number): Told {
  return word.state === "fixed" && at % 3 === 0 ? { ...word, fixedAt: at - 1 + at / 1000 } : word;
}

/** As much of a source as is stored: nothing else may be needed. */
class StoredSource {
  looks: Look[] = [];
  readonly marks = new Map<string, { first: Event; last: Event; marks: Event[] }>();

  timeline(check: string): Timeline {
    const known = this.marks.get(check);
    if (!known) return [];
    const events = new Map([known.first, known.last, ...known.marks].map((one) => [one.at, one]));
    return [...events.values()].sort((a, b) => a.at - b.at);
  }

  take({ at, isComplete, told }: Report): void {
    const isNewest = this.looks.every((look) => look.at <= at);
    const present = CHECKS.filter(
      (check) => this.timeline(check).findLast(({ kind }) => kind !== "unknown")?.kind === "seen",
    );
    const isWhole = isNewest && present.every((check) => told.some((one) => one.check === check));
    const own: Look = { at, kind: isComplete ? "complete" : isWhole ? "whole" : "partial" };
    const before = this.looks;
    this.looks = [...before.filter((look) => look.at !== at || look.kind !== own.kind), own]
      .sort((a, b) => b.at - a.at)
      .slice(0, MAX_LOOKS);
    for (const check of CHECKS) {
      const timeline = this.timeline(check);
      const word = told.find((one) => one.check === check);
      let next = timeline;
      if (word && word.state !== "fixed") next = addSight(timeline, at, before);
      else if (word) next = addAbsence(timeline, at, before, word.fixedAt ?? null);
      else if (isComplete && (timeline[0]?.at ?? at) < at) next = addAbsence(timeline, at, [...before, own], null);
      if (next.length > 0) this.store(check, next, Math.min(next[0]!.at, word ? at : Infinity));
    }
  }

  store(check: string, timeline: Timeline, first: number): void {
    const marks = toMarks(timeline, this.looks);
    const last = timeline.findLast(({ kind }) => kind === "seen") ?? timeline[0]!;
    const isMarked = marks.find(({ at }) => at === first);
    this.marks.set(check, { first: isMarked ?? { at: first, kind: "seen", told: null }, last, marks });
  }
}

function fold(order: readonly Report[]) {
  const sources = new Map<string, StoredSource>();
  for (const report of order) {
    const source = sources.get(report.source) ?? new StoredSource();
    sources.set(report.source, source);
    source.take(report);
  }
  const tellers = [...sources.values()].flatMap((one, source) =>
    [...one.marks.keys()].map((check) => ({ source, timeline: one.timeline(check) })),
  );
  if (tellers.length === 0) return undefined;
  const { closed, reopened } = foldPresence(tellers);
  const isThere = tellers.some(({ timeline }) => timeline.findLast(({ kind }) => kind !== "unknown")?.kind === "seen");
  return { isThere, lastFixed: closed && (closed.told ?? closed.at), reopened };
}

function expected(reports: readonly Report[]) {
  const finding = expectFinding(reports);
  return finding && { isThere: finding.status !== "FIXED", lastFixed: finding.lastFixed, reopened: finding.reopened };
}

const orders = (reports: fc.Arbitrary<Report[]>) =>
  reports.chain((all) =>
    fc.record({ all: fc.constant(all), order: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }) }),
  );

test.each([
  [1, 8],
  [2, 12],
  [3, 20],
])("when a finding was away follows from the reports of %d sources, whatever their order", (sources, length) => {
  fc.assert(
    fc.property(orders(reportsOf(sources, length)), ({ all, order }) => {
      expect(fold(order)).toEqual(expected(all));
    }),
    { numRuns: 2_000 },
  );
});

test("of more runs than are remembered, those that come late among the newest ones still count exactly", () => {
  const many = reportsOf(1, 50, MAX_LOOKS + 1);
  const withLate = many.chain((all) => {
    const sorted = [...all].sort((a, b) => a.at - b.at);
    return fc.record({ all: fc.constant(sorted), late: fc.subarray(sorted.slice(1 - MAX_LOOKS), { maxLength: 12 }) });
  });
  fc.assert(
    fc.property(withLate, ({ all, late }) => {
      const inTime = all.filter((one) => !late.includes(one));
      expect(fold([...inTime, ...late])).toEqual(expected(all));
    }),
    { numRuns: 300 },
  );
});

test("what is older than the runs that are remembered turns nothing back", () => {
  const run = (at: number, isShown: boolean): Report => ({
    ...{ source: "A", at, isComplete: true },
    told: isShown ? [{ check: "p", state: "open" }] : [],
  });
  const newest = Array.from({ length: MAX_LOOKS }, (_, index) => run(100 + index, true));
  const away = { isThere: true, lastFixed: 101, reopened: 102 };
  const gap = newest.map((one) => (one.at === 101 ? run(101, false) : one));
  expect(fold([...gap, run(50, true), run(60, false)])).toEqual(away);
  expect(fold([...newest, run(50, true), run(60, false)])).toEqual({ isThere: true, lastFixed: null, reopened: null });
});
