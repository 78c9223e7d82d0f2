/** Figures of one benchmark; each is a median unless its note says otherwise. */
export type BenchResult = {
  name: string;
  rows: { what: string; value: number; unit: string; note?: string }[];
};

/** The middle value; of an even number the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
