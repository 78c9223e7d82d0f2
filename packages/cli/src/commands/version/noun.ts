import { adminVersionList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type ApiVersion = ResultOf<typeof adminVersionList>[number];

export const VERSIONS: Noun<ApiVersion> = {
  one: "version of an operation",
  many: "versions of operations",
  columns: [
    ["API", (version) => version.api],
    ["State", (version) => version.state],
    ["Deprecated", (version) => toDay(version.deprecatedAt)],
    ["End of service", (version) => toDay(version.eosAt)],
    ["End of life", (version) => toDay(version.eolAt)],
    ["Successor", (version) => version.successor],
    ["Edited", (version) => (version.isEdited ? "yes" : null)],
  ],
  readAll: async (session) => (await session.call(adminVersionList)).json(),
  // With the method or, where that is clear enough, without.
  namesOf: (version) => [version.api, version.api.slice(version.api.indexOf(" ") + 1)],
};

/** Only the day of an instant that is one's beginning. */
function toDay(instant: string | null): string | null {
  return instant?.replace(/T00:00:00(\.0+)?Z$/, "") ?? null;
}
