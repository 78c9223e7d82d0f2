import { adminLimitList, type ResultOf } from "@breakwater/client";
import { findNamed, type Kind, pickNamed } from "../../noun.ts";
import { type Columns, type OutputFlags, printJson, printRows } from "../../output.ts";
import type { Session } from "../../session.ts";
import { print } from "../../terminal.ts";
import { SUBSCRIPTIONS } from "../subscription/noun.ts";

export type LimitsView = ResultOf<typeof adminLimitList>;
type ApiLimits = LimitsView["apis"][number];

const COLUMNS: Columns<ApiLimits> = [
  ["API", ({ api }) => api],
  ["Calls", ({ rate }) => `${rate.calls} in ${rate.windowSec} s`],
  ["At once", ({ concurrency }) => concurrency],
  ["Own", ({ isException }) => (isException ? "yes" : null)],
  ["Used", ({ used }) => used],
  ["Left", ({ remaining }) => remaining],
  ["Running", ({ running }) => running],
];

const APIS: Kind<ApiLimits> = {
  one: "API",
  many: "APIs",
  // With the method or, where that is clear enough, without.
  namesOf: ({ api }) => [api, api.slice(api.indexOf(" ") + 1)],
};

/** The id that `--subscription` means; nothing: the caller's own. */
export async function findSubscription(
  session: Session,
  name: string | undefined,
): Promise<{ subscriptionId?: number }> {
  if (name === undefined) return {};
  // Whoever may not list subscriptions can still say which by its id.
  if (/^\d{1,9}$/.test(name)) return { subscriptionId: Number(name) };
  return { subscriptionId: (await findNamed(session, SUBSCRIPTIONS, name)).id };
}

export async function readLimits(session: Session, query: { subscriptionId?: number }): Promise<LimitsView> {
  return (await session.call(adminLimitList, { query })).json();
}

/** The API as the server calls it. */
export function pickApi(limits: LimitsView, name: string): string {
  return pickNamed(APIS, limits.apis, name).api;
}

/** Prints limits, in a table those of the APIs that are asked for. */
export function printLimits(limits: LimitsView, isShown: (api: ApiLimits) => boolean, flags: OutputFlags): void {
  if (flags.output === "json") {
    printJson(limits);
    return;
  }
  const { level, rate, concurrency, apis } = limits;
  print(`${level}: for each API ${rate.calls} calls in any ${rate.windowSec} s, ${concurrency} at once`);
  const shown = apis.filter(isShown);
  if (shown.length > 0) printRows(shown, COLUMNS, flags);
}

/** After a change: what differs from the rest. */
export function hasOwnNumbers({ isException }: ApiLimits): boolean {
  return isException;
}
