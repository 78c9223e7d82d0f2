import fc from "fast-check";
import { readFindings, type ScanWorld } from "./scan-world.fixture.ts";
import { T } from "./use-scan-world.fixture.ts";

/** One report of a source, of which only what it looked at and `time` (seconds after {@link T}) are chosen by a test. */
export type Run<Look> = { connection: "A" | "B"; time: number; isComplete: boolean; looks: Look[] };

/** Runs of different times, each of which looks at a host once. */
export function runsOf<Look extends { host: number }>(
  look: fc.Arbitrary<Look>,
  { minRuns, maxLooks }: { minRuns: number; maxLooks: number },
): fc.Arbitrary<Run<Look>[]> {
  const times = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: minRuns, maxLength: 7 });
  return times.chain((chosen) =>
    fc.tuple(
      ...chosen.map((time) =>
        fc.record({
          connection: fc.constantFrom("A" as const, "B" as const),
          time: fc.constant(time),
          isComplete: fc.boolean(),
          looks: fc.uniqueArray(look, { selector: ({ host }) => host, minLength: 1, maxLength: maxLooks }),
        }),
      ),
    ),
  );
}

/** Each run twice, in any order, in batches of any size. */
export function inAnyOrder<R>(runs: fc.Arbitrary<R[]>, { maxAssets }: { maxAssets: number }) {
  return runs.chain((all) =>
    fc.record({
      all: fc.constant(all),
      order: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
      limits: fc.record({
        maxAssets: fc.integer({ min: 1, max: maxAssets }),
        maxAssetFindings: fc.integer({ min: 2, max: 9 }),
      }),
    }),
  );
}

/** What is stored, in the words of the oracles; ACTIVE and REOPENED, which are a matter of order here, are OPEN. */
export async function readState({ db, subscriptionId }: ScanWorld) {
  const seconds = (at: number) => (at - T) / 1000;
  return (await readFindings(db, subscriptionId))
    .map((one) => ({
      key: `${one.asset} ${one.cveId ?? one.check}`,
      status: ["ACTIVE", "REOPENED"].includes(one.status) ? "OPEN" : one.status,
      first: seconds(one.firstFound),
      last: seconds(one.lastFound),
      sources: one.sources
        .map(
          (s) =>
            `${s.connection} ${s.check} ${s.isPresent} ${seconds(s.firstSeen)} ${seconds(s.lastSeen)} ${s.evidence}`,
        )
        .sort(),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
