import type { Config } from "@breakwater/server";

/** What one look found. `todo` says what to do about it, where something is to be done. */
export type Finding = { check: string; status: "ok" | "warning" | "failed" | "skipped"; found: string; todo?: string };

/** One look, which starts nothing and changes nothing. What it throws is a failure too. */
export type Check = { name: string; look(config: Config): Promise<Omit<Finding, "check">> };

/** Longest that a look waits for somebody else, ms. */
export const PATIENCE_MS = 5_000;

/** Does all checks at once; the findings come in their order. */
export async function runChecks(checks: readonly Check[], config: Config): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ name, look }): Promise<Finding> => {
      try {
        return { check: name, ...(await look(config)) };
      } catch (error) {
        return { check: name, status: "failed", found: toReason(error), todo: "see the message" };
      }
    }),
  );
}

/** The words of an error; of several attempts at once those of the first. */
export function toReason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return toReason(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
