import { hashIntegers, pick, share } from "./random.ts";

/** A check of an invented Nessus feed: facts that a report repeats at every item. */
export type NessusPlugin = {
  id: number;
  name: string;
  family: string;
  /** 0 informational to 4 critical, as Nessus counts. */
  severity: number;
  synopsis: string;
  description: string;
  solution: string;
  cveIds: string[];
  cvss2: { score: string; vector: string } | null;
  cvss3: { score: string; vector: string } | null;
  isExploitAvailable: boolean | null;
  /** `YYYY/MM/DD` */
  publishedOn: string;
  patchPublishedOn: string | null;
  seeAlso: string[];
  port: number;
  protocol: "tcp" | "udp";
  service: string;
};

const FAMILIES = [
  "Windows",
  "Web Servers",
  "Misc.",
  "Service detection",
  "Databases",
  "SCADA",
  "General",
  "CGI abuses",
];
const PRODUCTS = ["report server", "mail gateway", "historian", "file share", "license manager", "update agent"];
const FLAWS = ["stack overflow", "information leak", "missing check", "weak cipher", "path traversal", "stale library"];
const WORDS =
  "the remote service accepts a request before it has checked who sent it and answers with data that belongs to another session an attacker who reaches the port can read or change settings of the host when the update is not installed in time according to its banner this version is affected by several flaws in the way messages are parsed".split(
    " ",
  );
const SERVICES: readonly (readonly [port: number, protocol: "tcp" | "udp", service: string])[] = [
  [0, "tcp", "general"],
  [22, "tcp", "ssh"],
  [80, "tcp", "www"],
  [135, "tcp", "epmap"],
  [161, "udp", "snmp"],
  [443, "tcp", "www"],
  [445, "tcp", "cifs"],
  [1433, "tcp", "mssql"],
  [3389, "tcp", "msrdp"],
  [8080, "tcp", "www"],
];
/** Share of checks per severity in a usual report: most of it is information. */
const SEVERITY_STEPS: readonly (readonly [limit: number, severity: number])[] = [
  [0.45, 0],
  [0.55, 1],
  [0.8, 2],
  [0.94, 3],
  [1, 4],
];
const SCORES2 = ["0.0", "2.6", "5.0", "7.5", "10.0"];
const SCORES3 = ["0.0", "3.1", "5.3", "8.1", "9.8"];

/** `count` plugins, ids ascending, the same for the same seed. */
export function pluginCatalogue(seed: number, count: number): NessusPlugin[] {
  return Array.from({ length: count }, (_, index) => plugin(seed, index));
}

function plugin(seed: number, index: number): NessusPlugin {
  const at = (topic: number) => hashIntegers(seed, index, topic);
  const chance = share(seed, index, 1);
  const severity = SEVERITY_STEPS.find(([limit]) => chance < limit)?.[1] ?? 4;
  const [port, protocol, service] = pick(SERVICES, seed, index, 2);
  const year = 2012 + (at(3) % 13);
  const hasPatch = severity > 1 && share(seed, index, 4) < 0.8;
  return {
    id: 10_000 + index * 3 + (at(5) % 3),
    name: `Example ${pick(PRODUCTS, seed, index, 6)} < ${1 + (at(7) % 20)}.${at(8) % 10} ${pick(FLAWS, seed, index, 9)}`,
    family: pick(FAMILIES, seed, index, 10),
    severity,
    synopsis: sentence(seed, index, 11, 12),
    description: paragraph(seed, index, 500 + (at(12) % 500)),
    solution: severity === 0 ? "n/a" : sentence(seed, index, 13, 14),
    cveIds: severity === 0 ? [] : cves(seed, index, year),
    cvss2: severity === 0 ? null : { score: SCORES2[severity] ?? "0.0", vector: "CVSS2#AV:N/AC:L/Au:N/C:P/I:P/A:P" },
    cvss3:
      severity === 0 || year < 2016
        ? null
        : { score: SCORES3[severity] ?? "0.0", vector: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
    isExploitAvailable: severity === 0 ? null : share(seed, index, 15) < 0.3,
    publishedOn: date(year, at(16)),
    patchPublishedOn: hasPatch ? date(year, at(17)) : null,
    seeAlso: severity === 0 ? [] : [`https://advisories.example/${year}/${at(18) % 9000}`],
    port,
    protocol,
    service,
  };
}

function cves(seed: number, index: number, year: number): string[] {
  const count = [1, 1, 1, 2, 3, 0][hashIntegers(seed, index, 20) % 6] ?? 1;
  return Array.from({ length: count }, (_, i) => `CVE-${year}-${1000 + (hashIntegers(seed, index, 21, i) % 39_000)}`);
}

function date(year: number, hash: number): string {
  return `${year}/${String(1 + (hash % 12)).padStart(2, "0")}/${String(1 + (hash % 28)).padStart(2, "0")}`;
}

function sentence(seed: number, index: number, topic: number, words: number): string {
  const text = Array.from({ length: words }, (_, i) => pick(WORDS, seed, index, topic, i)).join(" ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Sentences, one a line, until at least `minChars` characters stand there. */
function paragraph(seed: number, index: number, minChars: number): string {
  const lines: string[] = [];
  for (let chars = 0; chars < minChars; ) {
    const line = sentence(seed, index, 100 + lines.length, 13);
    lines.push(line);
    chars += line.length + 1;
  }
  return lines.join("\n");
}
