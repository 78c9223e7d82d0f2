import type { ByteSource } from "../../records.ts";
import { CsvRowReader } from "../../scanners/kit/csv-row-reader.ts";
import { type FeedEvent, type FeedParser, toCveId, toDay, toMs } from "../events.ts";

const BATCH_EVENTS = 500;
const STEP_CHARS = 65_536;
const COLUMNS = ["cve", "epss", "percentile"];
const MAX_ISSUES_OF_A_KIND = 1_000;

/** The Exploit Prediction Scoring System's daily scores: https://www.first.org/epss/data_stats */
export const parseEpss: FeedParser = async function* parse(source: ByteSource): AsyncGenerator<FeedEvent[]> {
  const file = new EpssFile();
  for await (const text of decode(source)) {
    for (let at = 0; at < text.length && !file.isOver; at += STEP_CHARS) {
      file.read(text.slice(at, at + STEP_CHARS));
      if (file.events.length >= BATCH_EVENTS) yield file.take();
    }
  }
  file.end();
  yield file.take();
};

async function* decode(source: ByteSource): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of source) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

class EpssFile {
  events: FeedEvent[] = [];
  /** Nothing more can be read of it. */
  isOver = false;
  readonly #reader = new CsvRowReader(",");
  #day: string | null = null;
  #hasColumns = false;
  #refused = 0;

  read(text: string): void {
    for (const { cells, line } of this.#reader.write(text)) {
      this.#row(cells, line);
      if (this.isOver) return;
    }
  }

  end(): void {
    const { record } = this.isOver ? { record: null } : this.#reader.end();
    const isCut = record !== null && record.cells.length < COLUMNS.length && record.cells.join("") !== "";
    if (record && isCut) this.#fail("csv-truncated", record.line, "the file ends in the middle of a row");
    else if (record) this.#row(record.cells, record.line);
    if (!this.isOver && !this.#hasColumns) {
      this.#fail("csv-header-missing", 1, "no line names the columns cve, epss and percentile");
    }
    this.events.push({ type: "end", isComplete: !this.isOver });
  }

  take(): FeedEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  #row(cells: readonly string[], line: number): void {
    const [first = ""] = cells;
    if (first.startsWith("#")) this.#head(cells);
    else if (!this.#hasColumns) this.#columns(cells, line);
    else if (cells.length > 1 || first.trim() !== "") this.#entry(cells, line);
  }

  /** `#model_version:v2025.03.14,score_date:2026-08-07T12:55:00Z` */
  #head(cells: readonly string[]): void {
    const words = cells.join(",").slice(1, 1_000).split(",");
    const find = (name: string) =>
      words
        .find((word) => word.trim().startsWith(`${name}:`))
        ?.trim()
        .slice(name.length + 1);
    const date = find("score_date");
    const day = toDay(date);
    if (day === null) return;
    this.#day = day;
    const version = find("model_version")?.slice(0, 100) ?? null;
    this.events.push({ type: "head", head: { kind: "epss", source: "FIRST EPSS", version, publishedAt: toMs(date) } });
  }

  #columns(cells: readonly string[], line: number): void {
    this.#hasColumns = COLUMNS.every((name, index) => cells[index]?.trim().toLowerCase() === name);
    if (!this.#hasColumns) this.#fail("csv-header-missing", line, "the columns are not cve, epss, percentile");
    else if (this.#day === null) {
      this.#fail(
        "feed-date-missing",
        line,
        "the first line does not tell score_date: which day's scores these are is unknown",
      );
    }
  }

  #entry([cve, score, rank]: readonly string[], line: number): void {
    const cveId = toCveId(cve);
    const epss = toShare(score);
    if (cveId !== null && epss !== null && this.#day !== null) {
      this.events.push({ type: "epss", entry: { cveId, epss, percentile: toShare(rank), on: this.#day } });
      return;
    }
    if (this.#refused++ >= MAX_ISSUES_OF_A_KIND) return;
    const message = "the row is not a CVE id with a score from 0 to 1; it was left out";
    this.events.push({
      type: "issue",
      issue: { level: "refused", code: "feed-entry-unreadable", where: `line ${line}`, message },
    });
  }

  #fail(code: string, line: number, message: string): void {
    this.isOver = true;
    const issue = {
      level: "refused",
      code,
      where: `line ${line}`,
      message: `${message}; what stands before was loaded`,
    } as const;
    this.events.push({ type: "issue", issue: { ...issue, fatal: true } });
  }
}

function toShare(text: string | undefined): number | null {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : null;
}
