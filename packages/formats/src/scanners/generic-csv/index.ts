import type { CvssScore, ScanParser, Severity } from "../../records.ts";
import {
  type AssetInput,
  type CheckInput,
  csvScan,
  type PlaceInput,
  RowFindings,
  type ScanWriter,
  severityOfScore,
  severityOfWord,
  toCves,
  toCvss,
  toCwes,
  toPort,
  toWrittenTime,
} from "../kit/index.ts";
import { type CsvMapping, defaultCsvMapping, MappedRow } from "./mapping.ts";
import { RowsByScale, type SeverityScale, toDecimal } from "./severity-scale.ts";

export {
  type CsvField,
  type CsvMapping,
  type CsvState,
  type CsvTransform,
  csvFields,
  defaultCsvMapping,
} from "./mapping.ts";

/** A parser for any table of findings with one finding a row, or one for each CVE of a finding. */
export function genericCsv(mapping: CsvMapping): ScanParser {
  return csvScan<{ findings: RowFindings; rows: RowsByScale }>({
    product: mapping.product,
    delimiter: mapping.delimiter,
    quote: mapping.qualifier,
    isHeader: (columns) => isCsvHeaderOf(mapping, columns),
    start: () => ({ findings: new RowFindings(), rows: new RowsByScale(mapping) }),
    row: (row, { out, where, state }) => {
      state.rows.add(new MappedRow(row, mapping), where, (held, scale) => {
        tellRow(held.row, mapping, scale, { out, where: held.where, findings: state.findings });
      });
    },
    rest: ({ out, state }) => {
      state.rows.flush((held, scale) => {
        tellRow(held.row, mapping, scale, { out, where: held.where, findings: state.findings });
      });
      return state.findings.tell(out);
    },
  });
}

/** Without a mapping: by the names that such tables use. */
export const parseGenericCsv: ScanParser = genericCsv(defaultCsvMapping);

/** Whether the columns tell at least of what a finding is, and on what. */
export function isCsvHeaderOf(mapping: CsvMapping, columns: readonly string[]): boolean {
  const has = (field: keyof CsvMapping["columns"]) =>
    (mapping.columns[field] ?? []).some((name) => columns.includes(name.toLowerCase()));
  return (has("host") || has("address")) && (has("title") || has("cve") || has("id"));
}

/** For a file of which nothing is known more is asked: that it speaks of weaknesses, and not of people or prices. */
export function isGenericCsvHeader(columns: readonly string[]): boolean {
  const { severity = [], score = [], cve = [] } = defaultCsvMapping.columns;
  const isOfWeaknesses = [...severity, ...score, ...cve].some((name) => columns.includes(name));
  return isOfWeaknesses && isCsvHeaderOf(defaultCsvMapping, columns);
}

type Told = { out: ScanWriter; where: string; findings: RowFindings };

function tellRow(row: MappedRow, mapping: CsvMapping, scale: SeverityScale, { out, where, findings }: Told): void {
  const asset = toAsset(row);
  const check = toCheck(row, mapping, scale);
  if (asset.name === "") {
    out.refuse("asset-missing", where, "the row names neither host nor address; it was left out");
  } else if (check.id === "") {
    out.refuse("check-id-unusable", where, "the row has neither id nor CVE nor title; it was left out");
  } else {
    if (check.severity === null) warnOfSeverity(row, out, where);
    const severity = check.severity ?? 1;
    const place = toPlace(row, severity, mapping, (code, message) => out.warn(code, where, message));
    findings.add(asset, { ...check, severity }, place, out, where);
  }
}

function toAsset(row: MappedRow): AssetInput {
  const host = row.get("host");
  const addresses = toList(row.get("address"));
  return {
    name: host || (addresses[0] ?? ""),
    addresses,
    macAddresses: toList(row.get("macAddress")),
    operatingSystem: row.get("operatingSystem"),
  };
}

function warnOfSeverity(row: MappedRow, out: ScanWriter, where: string): void {
  const told = row.get("severity") || row.get("score");
  if (told !== "") out.warn("severity-unknown", where, `"${told.slice(0, 100)}" is no severity that the mapping knows`);
}

/** The severity is null where the row tells none that can be read. */
function toCheck(
  row: MappedRow,
  mapping: CsvMapping,
  scale: SeverityScale,
): Omit<CheckInput, "severity"> & { severity: Severity | null } {
  const cveIds = toCves(row.get("cve"), row.get("id"));
  const title = row.get("title");
  const word = row.get("severity");
  return {
    // Where nothing else tells two checks apart their names do.
    id: row.get("id") || (title === "" ? (cveIds[0] ?? "") : title.toLowerCase().slice(0, 300).toWellFormed()),
    title: title || (cveIds[0] ?? row.get("id")),
    description: row.get("description"),
    solution: row.get("solution"),
    severity: toSeverity(word, row.get("score"), mapping, scale),
    sourceSeverity: word || row.get("score"),
    cveIds,
    cweIds: toCwes(toList(row.get("cwe"))),
    cvss: toScores(row, mapping),
    family: row.get("family") || null,
    references: row.get("references").match(/https?:\/\/[^\s"'<>,;]{1,500}/g) ?? [],
  };
}

/**
 * A score is a base score of CVSS, unless the mapping says what its own scale means: of the version that the column's
 * name tells, else the vector's, else 3.1. A vector of another version is a score of its own.
 */
function toScores(row: MappedRow, { scores }: CsvMapping): CvssScore[] {
  const vector = toCvss({ vector: row.get("cvssVector") });
  const named = /(?:v\s?|cvss[\s_-]?)(2|3\.0|3|4)/.exec(row.columnOf("score"))?.[1] ?? "";
  const score = toCvss({
    score: scores ? null : toDecimal(row.get("score")),
    version: VERSIONS.get(named) ?? vector?.version ?? "3.1",
  });
  const isOne = score === null || vector === null || score.version[0] === vector.version[0];
  if (!isOne) return [score, vector];
  const one = vector && score ? { ...vector, score: score.score } : (vector ?? score);
  return one === null ? [] : [one];
}

const VERSIONS: ReadonlyMap<string, CvssScore["version"]> = new Map([
  ["2", "2.0"],
  ["3.0", "3.0"],
  ["3", "3.1"],
  ["4", "4.0"],
]);

/** By the mapping's words, then everybody's, then a number: on the scale, or a score that stands by itself. Null: unknown. */
function toSeverity(
  word: string,
  score: string,
  { severities = {}, scores }: CsvMapping,
  scale: SeverityScale,
): Severity | null {
  const key = word.toLowerCase();
  if (Object.hasOwn(severities, key)) return severities[key] as Severity;
  const byWord = severityOfWord(word);
  if (byWord !== null) return byWord;
  if (scale === "severities" && /^[1-5]$/.test(word)) return Number(word) as Severity;
  const number = toDecimal(word) ?? toDecimal(score);
  if (number === null || !scores) return severityOfScore(number);
  const reached = scores.filter(({ least }) => number >= least);
  return reached.reduce((best, one) => (one.least > best.least ? one : best), { least: -Infinity, severity: 1 })
    .severity;
}

type Warn = (code: string, message: string) => void;

function toPlace(row: MappedRow, severity: Severity, { dateOrder }: CsvMapping, warn: Warn): PlaceInput {
  const firstSeenAt = toDate(row.get("firstSeen"), dateOrder, warn);
  const lastSeenAt = toDate(row.get("lastSeen"), dateOrder, warn);
  const { state } = row;
  return {
    ...toPlacePort(row, warn),
    instance: row.get("instance") || null,
    severity,
    evidence: row.get("evidence"),
    ...toCustomNumbers(row),
    ...(state === "open" ? {} : { state }),
    ...(firstSeenAt === null ? {} : { firstSeenAt }),
    ...(lastSeenAt === null ? {} : { lastSeenAt }),
  };
}

/** `443`, `443/tcp`, `tcp/443`; a column of protocols goes before the cell's own. `N/A`, `any` and 0 are the host itself. */
function toPlacePort(row: MappedRow, warn: Warn): Pick<PlaceInput, "port" | "protocol"> {
  const told = row.get("port");
  const [, before, number, after] = PORT.exec(told) ?? [];
  const port = toPort(number ?? told);
  if (port !== null) return { port, protocol: row.get("protocol") || before || after || null };
  if (/[1-9]/.test(told)) warn("port-unknown", `"${told.slice(0, 100)}" is no port: the finding is kept without one`);
  return { port, protocol: null };
}

const PORT = /^(?:([a-z]{2,8})\s?\/\s?)?(\d{1,5})(?:\s?\/\s?([a-z]{2,8}))?$/i;

function toDate(told: string, order: CsvMapping["dateOrder"], warn: Warn): number | null {
  const at = toWrittenTime(told, order);
  if (at === null && /[1-9]/.test(told)) {
    const advice = "write it as 2026-01-31, or let the connection's mapping say dateOrder";
    warn("date-unknown", `"${told.slice(0, 100)}" is no date that can be told for sure: ${advice}`);
  }
  return at;
}

const CUSTOM_NUMBERS = ["customNumber1", "customNumber2", "customNumber3", "customNumber4", "customNumber5"] as const;

function toCustomNumbers(row: MappedRow): Pick<PlaceInput, "customNumbers"> {
  const customNumbers = CUSTOM_NUMBERS.map((field) => toDecimal(row.get(field)));
  return customNumbers.some((number) => number !== null) ? { customNumbers } : {};
}

function toList(text: string): string[] {
  return text.split(/[,;|\s]+/).filter((part) => part !== "");
}
