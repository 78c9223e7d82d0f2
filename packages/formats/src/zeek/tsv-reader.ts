import type { ZeekRecord } from "./zeek-record.ts";

export type ZeekLineHandler = {
  /** A record, with the log's name as its head tells it. */
  record(path: string, record: ZeekRecord, where: string): void;
  refused(code: string, where: string, message: string): void;
};

/** Longest line that is read; certificates and file lists make long ones in logs that are not read at all. */
const MAX_LINE_BYTES = 1_048_576;

/**
 * Reads Zeek's own format: heads of `#` lines, which may come again in joined logs, and a line per record. Escapes are
 * those of Zeek's ASCII writer: `\xNN` for a byte and a doubled backslash.
 */
export class ZeekTsvReader {
  readonly #handler: ZeekLineHandler;
  #held = Buffer.alloc(0);
  #isTooLong = false;
  #line = 0;
  #separator = "\t";
  #emptyMark = "(empty)";
  #unsetMark = "-";
  #path = "";
  #fields: string[] | null = null;

  constructor(handler: ZeekLineHandler) {
    this.#handler = handler;
  }

  write(chunk: Uint8Array): void {
    const bytes = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      this.#takeLine(bytes.subarray(from, end));
      from = end + 1;
    }
    this.#held = Buffer.from(bytes.subarray(from));
    if (this.#held.length > MAX_LINE_BYTES) {
      this.#isTooLong = true;
      this.#held = Buffer.alloc(0);
    }
  }

  end(): void {
    if (this.#held.length > 0 || this.#isTooLong) this.#takeLine(this.#held);
  }

  #takeLine(bytes: Buffer): void {
    this.#line += 1;
    if (this.#isTooLong || bytes.length > MAX_LINE_BYTES) {
      this.#isTooLong = false;
      const message = `the line is longer than ${MAX_LINE_BYTES} bytes`;
      this.#handler.refused("zeek-line-too-long", this.#where, message);
      return;
    }
    const text = bytes.toString("utf8").replace(/\r$/, "");
    if (text.startsWith("#")) this.#takeHead(text);
    else if (text !== "") this.#takeRecord(text);
  }

  get #where(): string {
    return `line ${this.#line}`;
  }

  #takeHead(text: string): void {
    const [name = "", ...values] = text.split(this.#separator);
    if (text.startsWith("#separator ")) this.#separator = unescapeZeek(text.slice("#separator ".length)) || "\t";
    else if (name === "#empty_field") this.#emptyMark = values[0] ?? "";
    else if (name === "#unset_field") this.#unsetMark = values[0] ?? "";
    else if (name === "#path") this.#path = values[0] ?? "";
    else if (name === "#fields") this.#fields = values;
  }

  #takeRecord(text: string): void {
    const fields = this.#fields;
    const values = text.split(this.#separator);
    if (fields === null || values.length !== fields.length) {
      const message =
        fields === null
          ? "a record stands before the #fields line that names its fields"
          : `the record has ${values.length} fields, but #fields names ${fields.length}`;
      this.#handler.refused("zeek-record", this.#where, message);
      return;
    }
    const record = new Map<string, string>();
    values.forEach((value, index) => {
      if (value !== this.#unsetMark && value !== this.#emptyMark && value !== "")
        record.set(fields[index]!, unescapeZeek(value));
    });
    this.#handler.record(this.#path, record, this.#where);
  }
}

/** A value as it was before Zeek wrote it. Escaped bytes are UTF-8 together. */
export function unescapeZeek(text: string): string {
  if (!text.includes("\\")) return text;
  const latin1 = Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/\\(?:x([0-9a-fA-F]{2})|\\)/g, (_, hex?: string) =>
      hex === undefined ? "\\" : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(latin1, "latin1").toString("utf8");
}
