/** One step of the reckoning, in the order it was made. Points have at most two decimals, and add up to the score. */
export type ScoreReason = { factor: string; points: number; detail: string };

/** A score on its way, and how it got there. */
export class Reckoning {
  readonly reasons: ScoreReason[] = [];
  value = 0;

  add(points: number, factor: string, detail: string): void {
    this.step(this.value + points, factor, detail);
  }

  /** Points are told as differences of rounded values, so that no hundredth gets lost between them. */
  step(next: number, factor: string, detail: string): void {
    const points = (toHundredths(next) - toHundredths(this.value)) / 100;
    this.reasons.push({ factor, points, detail });
    this.value = next;
  }

  /** Goes on with a whole number; a step that changes nothing is not told. */
  round(whole: number): void {
    if (toHundredths(whole) !== toHundredths(this.value)) this.step(whole, "rounding", "to a whole number");
    this.value = whole;
  }
}

function toHundredths(value: number): number {
  return Math.round(value * 100);
}
