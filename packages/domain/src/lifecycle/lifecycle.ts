/** Where a version of an operation stands: in support, past its end of service, past its end of life. */
export type LifecycleState = "active" | "eos" | "eol";

/** `strict` applies the dates. `lenient` lets an entry stand still where it says so. */
export type LifecycleProfile = "lenient" | "strict";

/** What is decided about one version of one operation. Times are epoch ms. */
export type LifecycleEntry = {
  /** Method and route template with version, as in the limits: `GET /ot/v1/host/list`. */
  readonly api: string;
  /** When it was deprecated; null: at its end of service. */
  readonly deprecatedAt: number | null;
  /** End of service: from here on it works, with warnings; null: not planned. */
  readonly eosAt: number | null;
  /** End of life: from here on it is gone; null: not planned. */
  readonly eolAt: number | null;
  /** Path of what replaces it; null: nothing does. */
  readonly successor: string | null;
  /** The state under the lenient profile, whatever the date; null: the dates hold there too. */
  readonly lenientState: LifecycleState | null;
};

/**
 * The state of a version at a time; an operation without an entry is active. A date belongs to the new state: at
 * `eosAt` exactly it is `eos`.
 */
export function lifecycleState(
  entry: LifecycleEntry | undefined,
  nowMs: number,
  profile: LifecycleProfile,
): LifecycleState {
  if (entry === undefined) return "active";
  if (profile === "lenient" && entry.lenientState !== null) return entry.lenientState;
  if (entry.eolAt !== null && nowMs >= entry.eolAt) return "eol";
  if (entry.eosAt !== null && nowMs >= entry.eosAt) return "eos";
  return "active";
}

/** What is wrong with an entry, one sentence each; empty when it can be used. */
export function lifecycleProblems(entry: LifecycleEntry): string[] {
  const problems: string[] = [];
  const { deprecatedAt, eosAt, eolAt, successor } = entry;
  if (!/^[A-Z]+ \/\S*$/.test(entry.api))
    problems.push("api must be a method and a route template: GET /ot/v1/host/list");
  for (const [name, date] of Object.entries({ deprecatedAt, eosAt, eolAt })) {
    if (date !== null && !isDate(date)) problems.push(`${name} must be a date`);
  }
  if (isAfter(deprecatedAt, eosAt)) problems.push("deprecatedAt must not be after eosAt");
  if (isAfter(deprecatedAt, eolAt)) problems.push("deprecatedAt must not be after eolAt");
  if (isAfter(eosAt, eolAt)) problems.push("eosAt must not be after eolAt");
  // The path is printed between angle brackets in a Link header: nothing in it may end the bracket or the line.
  if (successor !== null && !/^\/[!#-;=?-~]*$/.test(successor)) {
    problems.push("successor must be a path in printable ASCII");
  }
  if (successor !== null && entry.api.endsWith(` ${successor}`)) problems.push("successor must be another operation");
  return problems;
}

/** Entries by their `api`, for one look-up per request. */
export function indexLifecycle(entries: Iterable<LifecycleEntry>): ReadonlyMap<string, LifecycleEntry> {
  return new Map(Array.from(entries, (entry) => [entry.api, entry]));
}

function isDate(timeMs: number): boolean {
  return Number.isInteger(timeMs) && !Number.isNaN(new Date(timeMs).getTime());
}

function isAfter(first: number | null, second: number | null): boolean {
  return first !== null && second !== null && first > second;
}
