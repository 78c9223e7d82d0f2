import { UsageError } from "./failure.ts";

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The members that have a value: what no flag gave is not sent. */
export function onlyGiven<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** {@link onlyGiven} for a change, which must change something. */
export function someGiven<T extends object>(members: T): Given<T> {
  const given = onlyGiven(members);
  if (Object.keys(given).length === 0) throw new UsageError("nothing to change is given (--help shows what can be)");
  return given;
}

/** The value of an option that has a `--no-` form: false there becomes null, which clears. */
export function orCleared<T>(value: T | false | undefined): T | null | undefined {
  return value === false ? null : value;
}
