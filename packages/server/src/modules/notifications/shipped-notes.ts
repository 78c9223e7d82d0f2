import type { ReleaseNote } from "./feed-items.ts";

/** Notes of the releases, newest first; a release adds its own. */
export const SHIPPED_NOTES: readonly ReleaseNote[] = [
  {
    guid: "urn:breakwater:release:0.1.0",
    title: "Breakwater 0.1.0",
    text: "The foundation: log-in, roles and scope, exact limits, API versions, findings reports, OT hosts, imports of Nessus XML and of captures.",
    link: null,
    publishedAt: Date.UTC(2026, 10, 21),
  },
];
