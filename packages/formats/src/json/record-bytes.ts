/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [name: string]: Json };

export type JsonLimits = {
  /** Longest value that is parsed as one, in bytes. */
  maxRecordBytes: number;
  /** What is nested deeper is passed over, and with it the wanted value that it stands in. */
  maxDepth: number;
};

export const defaultJsonLimits: JsonLimits = { maxRecordBytes: 8_388_608, maxDepth: 200 };

export type RefusalCode = "json-record-too-large" | "json-too-deep" | "json-malformed";

/** A wanted value as its bytes come, up to the limits. */
export class RecordBytes {
  /** Where the value's bytes that are not kept yet begin in the present chunk. */
  from = 0;
  isTooDeep = false;
  readonly #limits: JsonLimits;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  begin(at: number): void {
    this.from = at;
    this.isTooDeep = false;
    this.#pieces = [];
    this.#length = 0;
  }

  /** All up to `end`; whatever is in the chunk when it ends. */
  keep(bytes: Buffer, end: number): void {
    const piece = bytes.subarray(this.from, end);
    this.#length += piece.length;
    this.from = 0;
    if (this.#length > this.#limits.maxRecordBytes || this.isTooDeep) this.#pieces = [];
    // The chunk may be reused by its owner.
    else if (piece.length > 0) this.#pieces.push(end === bytes.length ? Buffer.from(piece) : piece);
  }

  /** The value, or why it is left out. */
  take(): { value: Json } | { code: RefusalCode; reason: string } {
    const { maxDepth, maxRecordBytes } = this.#limits;
    const pieces = this.#pieces;
    this.#pieces = [];
    if (this.isTooDeep) return { code: "json-too-deep", reason: `nests values deeper than ${maxDepth}` };
    if (this.#length > maxRecordBytes) {
      return { code: "json-record-too-large", reason: `has ${this.#length} bytes, more than ${maxRecordBytes}` };
    }
    const text = (pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)).toString("utf8");
    try {
      return { value: JSON.parse(text) as Json };
    } catch {
      return { code: "json-malformed", reason: "is no JSON" };
    }
  }
}
