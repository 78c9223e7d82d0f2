import type { Duplex } from "node:stream";
import pg from "pg";
import type { Utf8Range } from "../exporters/index.ts";

const MAX_COLUMNS = 64;
/** PostgreSQL counts microseconds from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const DATA_ROW = 0x44;
const READY_FOR_QUERY = 0x5a;
/** Of a message: its code and its length, which counts itself. */
const HEADER_BYTES = 5;
/** Texts up to this length are kept: states, categories, CVEs come again and again. */
const MAX_KEPT_TEXT = 32;
const KEPT_TEXTS = 16_384;
const FNV_PRIME = 0x01000193;

/**
 * Rows of a cursor in PostgreSQL's binary format, in one piece of memory that is used over and over: the driver's own
 * way, an object for each row and a string for each value, costs several times what PostgreSQL needs to send them.
 *
 * {@link seek} to a row, then read its columns, by place and PostgreSQL type.
 *
 * Format: PostgreSQL manual, "Message Formats", DataRow.
 */
export class BinaryRows {
  #bytes: Buffer;
  #view: DataView;
  /** Of what was received; messages before `#parsed` are known. */
  #end = 0;
  #parsed = 0;
  /** Where each row's columns begin. */
  #rows: number[] = [];
  readonly #starts = new Int32Array(MAX_COLUMNS);
  readonly #lengths = new Int32Array(MAX_COLUMNS);
  readonly #texts: ({ bytes: Buffer; text: string } | undefined)[] = new Array(KEPT_TEXTS).fill(undefined);

  constructor(size = 256 * 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = toView(this.#bytes);
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Bytes that the rows have. */
  get byteLength(): number {
    return this.#end;
  }

  seek(index: number): void {
    const view = this.#view;
    let at = this.#rows[index]!;
    const columns = view.getInt16(at);
    at += 2;
    for (let column = 0; column < columns; column++) {
      const length = view.getInt32(at);
      at += 4;
      this.#starts[column] = at;
      this.#lengths[column] = length;
      if (length > 0) at += length;
    }
  }

  isNull(column: number): boolean {
    return this.#lengths[column] === -1;
  }

  bool(column: number): boolean {
    return this.#bytes[this.#starts[column]!] === 1;
  }

  int2(column: number): number {
    return this.#view.getInt16(this.#starts[column]!);
  }

  int4(column: number): number {
    return this.#view.getInt32(this.#starts[column]!);
  }

  /** A bigint below 2^53. */
  int8(column: number): number {
    const start = this.#starts[column]!;
    return this.#view.getInt32(start) * 2 ** 32 + this.#view.getUint32(start + 4);
  }

  /** Epoch milliseconds of a timestamptz, rounded. */
  timeMs(column: number): number {
    return Math.round(this.int8(column) / 1000) + EPOCH_MS;
  }

  text(column: number): string {
    const start = this.#starts[column]!;
    const length = this.#lengths[column]!;
    if (length > MAX_KEPT_TEXT) return this.#bytes.toString("utf8", start, start + length);
    let hash = length;
    for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ this.#bytes[at]!, FNV_PRIME);
    const slot = (hash ^ (hash >>> 15)) & (KEPT_TEXTS - 1);
    const kept = this.#texts[slot];
    if (kept && this.#isAt(kept.bytes, start, length)) return kept.text;
    // Two texts may have the same place, and take turns: the second has that beside it.
    const beside = this.#texts[slot ^ 1];
    if (beside && this.#isAt(beside.bytes, start, length)) return beside.text;
    const text = this.#bytes.toString("utf8", start, start + length);
    this.#texts[kept ? slot ^ 1 : slot] = { bytes: Buffer.from(this.#bytes.subarray(start, start + length)), text };
    return text;
  }

  /** Sets `range` to a text as it is; valid until rows are added or dropped. */
  range(column: number, range: Utf8Range): void {
    range.bytes = this.#bytes;
    range.start = this.#starts[column]!;
    range.end = range.start + this.#lengths[column]!;
  }

  /** Forgets the rows before `index`; the others move to the front. */
  drop(index: number): void {
    const first = index < this.#rows.length ? this.#rows[index]! : this.#parsed;
    this.#bytes.copyWithin(0, first, this.#end);
    this.#rows = this.#rows.slice(index).map((at) => at - first);
    this.#end -= first;
    this.#parsed -= first;
  }

  /**
   * Takes in what PostgreSQL sent: keeps the rows and shows every other message to `onOther`, until that answers false.
   *
   * @returns that last message and what came behind it
   */
  receive(chunk: Buffer, onOther: (message: Buffer) => boolean): Buffer | undefined {
    this.#append(chunk);
    while (this.#end - this.#parsed >= HEADER_BYTES) {
      const start = this.#parsed;
      const next = start + 1 + this.#view.getUint32(start + 1);
      if (next > this.#end) return undefined;
      if (this.#bytes[start] === DATA_ROW) this.#rows.push(start + HEADER_BYTES);
      else if (!onOther(Buffer.from(this.#bytes.subarray(start, next)))) {
        const rest = Buffer.from(this.#bytes.subarray(start, this.#end));
        this.#end = start;
        return rest;
      }
      this.#parsed = next;
    }
    return undefined;
  }

  #append(chunk: Buffer): void {
    if (this.#end + chunk.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end + chunk.length));
      this.#bytes.copy(grown, 0, 0, this.#end);
      this.#bytes = grown;
      this.#view = toView(grown);
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  #isAt(bytes: Buffer, start: number, length: number): boolean {
    if (bytes.length !== length) return false;
    for (let index = 0; index < length; index++) if (bytes[index] !== this.#bytes[start + index]) return false;
    return true;
  }
}

function toView(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Adds up to `limit` rows of a `BINARY` cursor of the session's transaction to `rows`.
 *
 * @returns how many came: fewer than `limit` when the cursor is at its end
 */
export function fetchRows(client: pg.Client, cursor: string, limit: number, rows: BinaryRows): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new Fetch(`FETCH ${limit} FROM ${pg.escapeIdentifier(cursor)}`, rows, { resolve, reject }));
  });
}

type Listener = (chunk: Buffer) => void;
/** What is needed here of the driver's connection. */
type Connection = { stream: Duplex; query(text: string): void };

/** A query that reads the session's bytes itself, and leaves all messages but the rows to the driver. */
class Fetch {
  readonly #text: string;
  readonly #rows: BinaryRows;
  readonly #done: { resolve(count: number): void; reject(error: Error): void };
  #count = 0;
  #detach: () => void = () => undefined;

  constructor(text: string, rows: BinaryRows, done: { resolve(count: number): void; reject(error: Error): void }) {
    this.#text = text;
    this.#rows = rows;
    this.#done = done;
  }

  submit(connection: pg.Connection): void {
    const { stream } = connection as unknown as Connection;
    const drivers = stream.listeners("data") as Listener[];
    const tellDriver = (bytes: Buffer) => {
      for (const driver of drivers) driver.call(stream, bytes);
    };
    const receive = (chunk: Buffer) => {
      const rest = this.#rows.receive(chunk, (message) => {
        if (message[0] === READY_FOR_QUERY) return false;
        tellDriver(message);
        return true;
      });
      if (!rest) return;
      // The driver begins its next query as soon as it hears of this: by then the stream must be its own again.
      this.#detach();
      tellDriver(rest);
    };
    this.#detach = () => {
      for (const driver of drivers) stream.on("data", driver);
      stream.off("data", receive);
      this.#detach = () => undefined;
    };
    // In this order: a stream without any listener would lose what comes.
    stream.on("data", receive);
    for (const driver of drivers) stream.off("data", driver);
    (connection as unknown as Connection).query(this.#text);
  }

  handleRowDescription(): void {}

  handleCommandComplete({ text }: { text: string }): void {
    this.#count = Number(text.slice("FETCH ".length));
  }

  /** What PostgreSQL refused, or that the session is lost, after which nothing more comes. */
  handleError(error: Error): void {
    this.#done.reject(error);
  }

  handleReadyForQuery(): void {
    this.#done.resolve(this.#count);
  }
}
