import { JsonError } from "./json-error.ts";
import { JsonLines } from "./json-lines.ts";
import { MemberName } from "./member-name.ts";
import { type PatternNode, toPatternTree } from "./pattern-tree.ts";
import { defaultJsonLimits, type Json, type JsonLimits, RecordBytes, type RefusalCode } from "./record-bytes.ts";

/** Receives the values that were asked for, in the order of the file. */
export type JsonRecordHandler = {
  /** @param pattern the one that matched @param where path with indices, e.g. `runs[0].results[3]` */
  record(pattern: string, value: Json, where: string): void;
  /** A wanted value was left out: longer or nested deeper than the limit, or no JSON inside. */
  refused(code: RefusalCode, where: string, message: string): void;
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const NEWLINE = 0x0a;

/** One open object or array. */
type Level = {
  isArray: boolean;
  /** Name of the member, or position of the element, being read. */
  at: string | number;
  /** Pattern tree at this level's members; null when nothing below is wanted. */
  node: PatternNode | null;
};

/**
 * Reads JSON of any length and hands out the values at the wanted places, each parsed by the engine's own parser; what
 * is not wanted is passed over. Several values one after another (JSON Lines) are read as such; a line that is damaged is
 * refused alone, once the lines before have shown that each value has one. Memory is bounded by the longest wanted value
 * and by the depth that is kept track of.
 *
 * A pattern is a path of member names with `*` for every element: `Results.*.Vulnerabilities.*`; a dot within a name is
 * written `\.`. `*` alone is every element of an array at the root, and the empty pattern a root value that is an object.
 *
 * Outside wanted values only the structure is checked, and below the depth only that as many brackets close as open.
 */
export class JsonRecordReader {
  readonly #handler: JsonRecordHandler;
  readonly #limits: JsonLimits;
  readonly #root: PatternNode;
  readonly #levels: Level[] = [];
  #roots = 0;
  #position = 0;
  #isInString = false;
  #isEscaped = false;
  /** The string being read is a member's name. */
  #isKey = false;
  /** In an object: a name comes next. */
  #wantsKey = false;
  readonly #key = new MemberName();
  #isInScalar = false;
  /** Depth of the value being kept; -1: none. */
  #captureDepth = -1;
  #capturePattern = "";
  readonly #captured: RecordBytes;
  /** Brackets open below the greatest depth. */
  #belowDepth = 0;
  readonly #lines = new JsonLines();

  constructor(patterns: readonly string[], handler: JsonRecordHandler, limits: Partial<JsonLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...defaultJsonLimits, ...limits };
    this.#root = toPatternTree(patterns);
    this.#captured = new RecordBytes(this.#limits);
  }

  /** Reads on. @throws JsonError; nothing may be written after it */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#captured.from = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#lines.isMaybeCut) this.#beginLine(bytes[at] as number);
      try {
        if (this.#lines.isDamaged) at = this.#lines.passRest(bytes, at);
        else at = this.#isInString ? this.#passString(bytes, at) : this.#step(bytes, at);
      } catch (error) {
        if (!this.#lines.areLines || !(error instanceof JsonError)) throw error;
        this.#refuseLine(this.#lines.number, `${error.message}; the line was left out`);
        this.#lines.isDamaged = true;
      }
    }
    if (this.#captureDepth >= 0) this.#captured.keep(bytes, bytes.length);
    this.#position += bytes.length;
  }

  /** Tells that no more bytes come. @throws JsonError when the file is not whole */
  end(): void {
    this.#endScalar(Buffer.alloc(0), 0);
    if (this.#levels.length > 0 || this.#isInString) {
      throw new JsonError("json-truncated", "the file ends in the middle of a value", this.#where());
    }
  }

  /** An object begins a line of its own: then the line before, which has not ended its own, was cut. */
  #beginLine(byte: number): void {
    const isCut = byte === OBJECT_OPEN && !this.#levels[0]?.isArray;
    this.#lines.settle(isCut);
    if (isCut) this.#refuseLine(this.#lines.number - 1, "the line ends in the middle of a value; it was left out");
  }

  /** What follows is a value of its own. */
  #refuseLine(line: number, message: string): void {
    this.#handler.refused("json-malformed", `line ${line}`, message);
    this.#levels.length = 0;
    this.#belowDepth = 0;
    this.#captureDepth = -1;
    this.#isInString = this.#isEscaped = this.#isKey = this.#wantsKey = this.#isInScalar = false;
  }

  #passNewline(): void {
    const isWithin = this.#levels.length > 0 || this.#isInString || this.#belowDepth > 0;
    this.#lines.pass(isWithin, this.#roots > 0);
  }

  #step(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    if (this.#belowDepth > 0 && byte !== NEWLINE) return this.#passBelowDepth(byte, at);
    if (byte <= 0x20) {
      if (this.#isInScalar) this.#endScalar(bytes, at);
      if (byte === NEWLINE) this.#passNewline();
      return at + 1;
    }
    switch (byte) {
      case QUOTE:
        this.#openString(at);
        return at + 1;
      case OBJECT_OPEN:
      case ARRAY_OPEN:
        this.#open(at, byte === ARRAY_OPEN);
        return at + 1;
      case OBJECT_CLOSE:
      case ARRAY_CLOSE:
        this.#close(bytes, at, byte === ARRAY_CLOSE);
        return at + 1;
      case COMMA:
        this.#next(bytes, at);
        return at + 1;
      case COLON:
        if (this.#levels.length === 0 || this.#levels.at(-1)?.isArray)
          throw this.#malformed("a ':' stands outside an object");
        return at + 1;
      default:
        if (!this.#isInScalar) {
          if (this.#wantsKey) throw this.#malformed("a member's name must be a string");
          this.#isInScalar = true;
          this.#begin(at, false);
        }
        return at + 1;
    }
  }

  #passBelowDepth(byte: number, at: number): number {
    if (byte === QUOTE) {
      this.#isInString = true;
      this.#isKey = false;
    } else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) this.#belowDepth++;
    else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) this.#belowDepth--;
    return at + 1;
  }

  /** Goes to the end of the string, or of the chunk. */
  #passString(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      // No newline is ever escaped: the line may have been cut there.
      if (bytes[at] !== NEWLINE) at++;
    }
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#isInString = false;
        if (this.#isKey) this.#endKey(bytes, from, at);
        else this.#endValue(bytes, at + 1);
        return at + 1;
      }
      if (byte === NEWLINE && this.#lines.areLines) {
        this.#passNewline();
        return at + 1;
      }
      at++;
      if (byte === BACKSLASH) {
        if (at === bytes.length) this.#isEscaped = true;
        else if (bytes[at] !== NEWLINE) at++;
      }
    }
    if (this.#isKey && this.#captureDepth < 0) this.#key.add(bytes.subarray(from, bytes.length));
    return bytes.length;
  }

  #openString(at: number): void {
    if (this.#isInScalar) throw this.#malformed("a string stands inside another value");
    this.#isInString = true;
    this.#isKey = this.#wantsKey;
    if (this.#isKey) {
      this.#wantsKey = false;
      this.#key.begin();
    } else this.#begin(at, false);
  }

  #endKey(bytes: Buffer, from: number, at: number): void {
    if (this.#captureDepth >= 0) return;
    this.#key.add(bytes.subarray(from, at));
    (this.#levels.at(-1) as Level).at = this.#key.read();
  }

  #open(at: number, isArray: boolean): void {
    if (this.#wantsKey) throw this.#malformed("a member's name must be a string");
    if (this.#isInScalar) throw this.#malformed("a bracket stands inside another value");
    if (this.#levels.length >= this.#limits.maxDepth) {
      this.#captured.isTooDeep = true;
      this.#belowDepth = 1;
      return;
    }
    const node = this.#begin(at, true, isArray);
    this.#levels.push({ isArray, at: isArray ? 0 : "", node });
    this.#wantsKey = !isArray;
  }

  #close(bytes: Buffer, at: number, isArray: boolean): void {
    this.#endScalar(bytes, at);
    const level = this.#levels.pop();
    if (!level || level.isArray !== isArray) throw this.#malformed("a bracket closes nothing");
    this.#wantsKey = false;
    this.#endValue(bytes, at + 1);
  }

  #next(bytes: Buffer, at: number): void {
    this.#endScalar(bytes, at);
    const level = this.#levels.at(-1);
    if (!level) throw this.#malformed("a comma stands between values");
    if (level.isArray) level.at = (level.at as number) + 1;
    else this.#wantsKey = true;
  }

  /** A value starts: whether it is wanted, and what is wanted below it. */
  #begin(at: number, isContainer: boolean, isArray = false): PatternNode | null {
    const level = this.#levels.at(-1);
    if (!level) this.#roots++;
    if (this.#captureDepth >= 0) return null;
    const node = level ? childOf(level) : this.#root;
    if (!node) return null;
    const isRootArray = !level && isArray;
    if (node.pattern !== null && !isRootArray && (level || isContainer)) {
      this.#captureDepth = this.#levels.length;
      this.#capturePattern = node.pattern;
      this.#captured.begin(at);
      return null;
    }
    return node;
  }

  #endScalar(bytes: Buffer, at: number): void {
    if (!this.#isInScalar) return;
    this.#isInScalar = false;
    this.#endValue(bytes, at);
  }

  /** A value has ended before `end`. */
  #endValue(bytes: Buffer, end: number): void {
    if (this.#belowDepth > 0 || this.#captureDepth !== this.#levels.length) return;
    this.#captured.keep(bytes, end);
    this.#captureDepth = -1;
    const taken = this.#captured.take();
    if ("value" in taken) this.#handler.record(this.#capturePattern, taken.value, this.#where());
    else this.#handler.refused(taken.code, this.#where(), `the record ${taken.reason}; it was left out`);
  }

  #malformed(message: string): JsonError {
    return new JsonError("json-malformed", message, this.#where());
  }

  #where(): string {
    const path = this.#levels.map(({ isArray, at }) => (isArray ? `[${at}]` : `.${at}`)).join("");
    const place = path.replace(/^\./, "");
    if (place !== "") return place;
    return this.#roots > 1 ? `value ${this.#roots}` : `byte ${this.#position}`;
  }
}

function childOf({ isArray, at, node }: Level): PatternNode | null {
  if (!node) return null;
  return node.children.get(isArray ? "*" : (at as string)) ?? null;
}
