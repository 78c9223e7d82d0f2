import { toNumber } from "../kit/index.ts";
import type { CsvMapping, MappedRow } from "./mapping.ts";

/** How whole numbers from 1 to 5 are read: as severities, 5 the worst, or as scores of CVSS. */
export type SeverityScale = "severities" | "scores";

type HeldRow = { row: MappedRow; where: string };

/** A column of this name holds severities where it holds nothing but whole numbers from 1 to 5. Of priorities 1 is the highest. */
const RANKED_COLUMNS: ReadonlySet<string> = new Set(["severity", "level", "risk level", "criticality"]);
/** A column of scores has shown another number by then. */
const MAX_HELD = 1_000;

/** Keeps rows back until it is known on which scale their severities are. */
export class RowsByScale {
  readonly #mapping: CsvMapping;
  #held: HeldRow[] = [];
  #scale: SeverityScale | null;

  constructor(mapping: CsvMapping) {
    this.#mapping = mapping;
    this.#scale = mapping.scores ? "scores" : null;
  }

  /** @param tell is called for the rows that can be told by now, in their order */
  add(row: MappedRow, where: string, tell: (held: HeldRow, scale: SeverityScale) => void): void {
    const word = row.get("severity");
    this.#scale ??= this.#scaleOf(row, word);
    const isToHold = this.#scale === null && (this.#held.length > 0 || /^[1-5]$/.test(word));
    if (isToHold) this.#held.push({ row, where });
    if (this.#held.length === MAX_HELD) this.#scale ??= "severities";
    if (this.#scale !== null) this.flush(tell);
    if (!isToHold) tell({ row, where }, this.#scale ?? "severities");
  }

  /** Tells the rows that were kept back. */
  flush(tell: (held: HeldRow, scale: SeverityScale) => void): void {
    const held = this.#held;
    this.#held = [];
    for (const one of held) tell(one, this.#scale ?? "severities");
  }

  /** Null while the row leaves it open. */
  #scaleOf(row: MappedRow, word: string): SeverityScale | null {
    if (word === "" || Object.hasOwn(this.#mapping.severities ?? {}, word.toLowerCase())) return null;
    if (!RANKED_COLUMNS.has(row.columnOf("severity"))) return "scores";
    return toDecimal(word) === null || /^[0-5]$/.test(word) ? null : "scores";
  }
}

/** Spreadsheets write the decimal mark of their country. */
export function toDecimal(text: string): number | null {
  return toNumber(/^\d{1,6},\d{1,3}$/.test(text) ? text.replace(",", ".") : text);
}
