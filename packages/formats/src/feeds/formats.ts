import type { FileHead } from "../intake/file-head.ts";
import { parseCve } from "./cve/index.ts";
import { parseEpss } from "./epss/index.ts";
import type { FeedParser } from "./events.ts";
import { parseKev } from "./kev/index.ts";

export type FeedFormat = { id: string; title: string; sniff: (head: FileHead) => boolean; parse: FeedParser };

/** Feeds of knowledge, each recognised by what only it begins with. */
export const feedFormats: readonly FeedFormat[] = [
  {
    id: "kev",
    title: "CISA KEV catalogue (JSON)",
    sniff: ({ json }) => json?.has("catalogVersion") === true && json.has("vulnerabilities"),
    parse: parseKev,
  },
  {
    id: "epss",
    title: "EPSS scores (CSV)",
    sniff: (head) =>
      head.hasCsvHeader(
        ([first = "", second, third]) =>
          (first === "cve" && second === "epss" && third === "percentile") || first.startsWith("#model_version:"),
      ),
    parse: parseEpss,
  },
  {
    id: "cve",
    title: "CVE records (JSON 5)",
    sniff: ({ json }) =>
      json !== null &&
      ["", "*."].some((at) => json.value(`${at}dataType`) === "CVE_RECORD" || json.has(`${at}cveMetadata.cveId`)),
    parse: parseCve,
  },
];
