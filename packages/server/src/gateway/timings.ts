/** How long clients may take, in ms; tests give shorter times. */
export type Timings = {
  /** Request line and headers. */
  headMs: number;
  /** A JSON or form body; its slot is held meanwhile. */
  bodyMs: number;
  /** An upload may take long, but must go on: the longest time without a byte. */
  uploadIdleMs: number;
  /** What is still sent after the answer is read and dropped for so long, so that the sender gets to read the answer. */
  drainMs: number;
  /** A connection without a request. */
  keepAliveMs: number;
};

export const TIMINGS: Timings = {
  headMs: 30_000,
  bodyMs: 30_000,
  uploadIdleMs: 60_000,
  drainMs: 10_000,
  keepAliveMs: 72_000,
};

/** A whole request, for large uploads over slow lines. */
export const LONGEST_REQUEST_MS = 3_600_000;
