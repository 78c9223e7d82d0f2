export { parseCve } from "./cve/index.ts";
export { parseEpss } from "./epss/index.ts";
export type { CveEntry, EpssEntry, FeedEvent, FeedHead, FeedKind, FeedParser, KevEntry } from "./events.ts";
export { type FeedFormat, feedFormats } from "./formats.ts";
export { parseKev } from "./kev/index.ts";
