import type { Severity } from "../../records.ts";
import type { CsvDelimiter, DateOrder } from "../kit/index.ts";

/** What a column may tell. */
export const csvFields = [
  "id",
  "title",
  "severity",
  "score",
  "cvssVector",
  "host",
  "address",
  "macAddress",
  "operatingSystem",
  "port",
  "protocol",
  "instance",
  "cve",
  "cwe",
  "family",
  "description",
  "solution",
  "evidence",
  "references",
  "state",
  "firstSeen",
  "lastSeen",
  "customNumber1",
  "customNumber2",
  "customNumber3",
  "customNumber4",
  "customNumber5",
] as const;
export type CsvField = (typeof csvFields)[number];

/**
 * A step that a cell goes through before it is read. Texts are literal: a pattern out of somebody's settings could stop
 * the import.
 */
export type CsvTransform =
  | { kind: "lower" }
  | { kind: "upper" }
  | { kind: "replace"; from: string; to: string }
  /** What stands before the first mark; all when there is none. */
  | { kind: "before"; mark: string }
  /** What stands behind the first mark; all when there is none. */
  | { kind: "after"; mark: string };

export type CsvState = "open" | "fixed" | "mitigated";

/** How to read a table of findings: plain data, to be kept with a connection. */
export type CsvMapping = {
  /** Name of the source product; part of the identity of its checks. */
  product: string;
  /** Default: told by the line that names the columns. */
  delimiter?: CsvDelimiter;
  /** The quote; the double quote by default. */
  qualifier?: '"' | "'";
  /** Names of columns by what they tell, whatever their case; the first that the file has counts. */
  columns: Partial<Record<CsvField, readonly string[]>>;
  transforms?: Partial<Record<CsvField, readonly CsvTransform[]>>;
  /** Severities by the source's words, lower case; the words that everybody uses need not be here. */
  severities?: Readonly<Record<string, Severity>>;
  /** Severities by the least score that has them, for scores that are not on the scale of CVSS. */
  scores?: readonly { least: number; severity: Severity }[];
  /** States by the source's words, lower case. */
  states?: Readonly<Record<string, CsvState>>;
  /** Of dates such as 05/06/2024; without it they are not read. */
  dateOrder?: DateOrder;
};

/** Names that tables of findings use, for a file that comes without a mapping. */
export const defaultCsvMapping: CsvMapping = {
  product: "CSV",
  columns: {
    id: ["plugin id", "plugin", "rule id", "check id", "vulnerability id", "vuln id", "signature id", "id"],
    title: [
      "title",
      "name",
      "vulnerability",
      "vulnerability name",
      "vulnerability title",
      "finding",
      "plugin name",
      "issue",
      "summary",
    ],
    severity: ["severity", "risk", "risk level", "threat", "criticality", "rating", "level"],
    score: [
      ...["cvss", "cvss score", "cvss base score", "cvss v3 score", "cvss3", "cvssv3"],
      ...["4", "3.1", "3.0", "3", "2.0", "2"].flatMap((version) =>
        ["cvss", "cvssv", "cvss v"].flatMap((name) =>
          ["", " score", " base score"].map((rest) => `${name}${version}${rest}`),
        ),
      ),
      "score",
    ],
    cvssVector: ["cvss vector", "vector", "cvss v3 vector"],
    host: ["host", "hostname", "host name", "fqdn", "dns", "dns name", "asset", "asset name", "target", "device"],
    address: ["ip", "ip address", "ipaddress", "ipv4", "address", "host ip", "asset ip"],
    macAddress: ["mac", "mac address"],
    operatingSystem: ["os", "operating system"],
    port: ["port", "port number"],
    protocol: ["protocol", "port protocol", "transport"],
    instance: ["instance", "path", "url", "uri", "component", "package", "location"],
    cve: ["cve", "cves", "cve id", "cve ids", "cve-id"],
    cwe: ["cwe", "cwe id"],
    family: ["family", "category", "plugin family"],
    description: ["description", "details", "detail", "synopsis"],
    solution: ["solution", "remediation", "recommendation", "fix", "mitigation"],
    evidence: ["evidence", "output", "plugin output", "plugin text", "result", "results", "proof"],
    references: ["references", "reference", "see also", "links"],
    state: ["state", "status"],
    firstSeen: ["first seen", "first found", "first detected", "first observed", "first discovered", "discovered"],
    lastSeen: ["last seen", "last found", "last detected", "last observed"],
  },
};

const COMMON_STATES: Readonly<Record<string, CsvState>> = {
  fixed: "fixed",
  closed: "fixed",
  resolved: "fixed",
  remediated: "fixed",
  mitigated: "mitigated",
  suppressed: "mitigated",
  ignored: "mitigated",
  "false positive": "mitigated",
  "not affected": "mitigated",
};

/** A row read by a mapping: what each field says, after its transforms; empty where nothing does. */
export class MappedRow {
  readonly #row: Readonly<Record<string, string>>;
  readonly #mapping: CsvMapping;

  constructor(row: Readonly<Record<string, string>>, mapping: CsvMapping) {
    this.#row = row;
    this.#mapping = mapping;
  }

  get(field: CsvField): string {
    const cell = this.#row[this.columnOf(field)] ?? "";
    return (this.#mapping.transforms?.[field] ?? []).reduce(transform, cell).trim();
  }

  /** Name of the column that tells the field, in lower case; empty where none says anything. */
  columnOf(field: CsvField): string {
    const names = (this.#mapping.columns[field] ?? []).map((name) => name.toLowerCase());
    return names.find((name) => (this.#row[name] ?? "") !== "") ?? "";
  }

  /** A transform may not see a state that the mapping has no word for: it is open. */
  get state(): CsvState {
    const word = this.get("state").toLowerCase();
    const own = this.#mapping.states ?? {};
    if (Object.hasOwn(own, word)) return own[word] as CsvState;
    return Object.hasOwn(COMMON_STATES, word) ? (COMMON_STATES[word] as CsvState) : "open";
  }
}

function transform(text: string, step: CsvTransform): string {
  switch (step.kind) {
    case "lower":
      return text.toLowerCase();
    case "upper":
      return text.toUpperCase();
    case "replace":
      return step.from === "" ? text : text.replaceAll(step.from, () => step.to);
    case "before":
      return step.mark !== "" && text.includes(step.mark) ? text.slice(0, text.indexOf(step.mark)) : text;
    case "after":
      return step.mark !== "" && text.includes(step.mark)
        ? text.slice(text.indexOf(step.mark) + step.mark.length)
        : text;
  }
}
