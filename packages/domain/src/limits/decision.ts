/** The right to run one call, given with its admission. */
export type Lease = {
  /** The counter it belongs to, see {@link limitKey}. */
  readonly key: string;
  /** Unique within the limiter that gave it. */
  readonly id: number;
  /** When the slot is taken back although nobody released it, epoch ms. */
  readonly deadlineMs: number;
};

/** What every decision tells about the rate. */
export type RateState = {
  /** Calls per window. */
  readonly limit: number;
  /** Window, seconds. */
  readonly windowSec: number;
  /** Calls left now; already less the present call when it was admitted. */
  readonly remaining: number;
  /** Whole seconds, rounded up, until `remaining` grows; 0 when nothing is used. */
  readonly resetSec: number;
};

/** The call may run. Release the lease when its work has settled. */
export type Admitted = RateState & {
  readonly kind: "admitted";
  readonly lease: Lease;
};

/** The window is full. The call was not counted. */
export type BlockedByRate = RateState & {
  readonly kind: "blockedByRate";
  readonly remaining: 0;
  /**
   * Whole seconds, rounded up, until the next call would be admitted. With a limit of 0 no wait is ever enough;
   * it is then the window.
   */
  readonly toWaitSec: number;
};

/** As many calls as allowed are running. The call was not counted; the rate was not asked. */
export type BlockedByConcurrency = RateState & {
  readonly kind: "blockedByConcurrency";
  readonly running: number;
  readonly maxConcurrent: number;
};

/** What a counter holds now, for whoever looks without calling. */
export type Usage = RateState & {
  /** Calls counted in the window. */
  readonly used: number;
  /** Calls that hold a slot. */
  readonly running: number;
};

/** What the limiter says to one call. */
export type Decision = Admitted | BlockedByRate | BlockedByConcurrency;

/**
 * The counter of one API of one subscription, shared by all its users and clients.
 *
 * @param api route template with version, e.g. `GET /ot/1.0/host/list`
 */
export function limitKey(subscriptionId: number | string, api: string): string {
  return `${subscriptionId} ${api}`;
}
