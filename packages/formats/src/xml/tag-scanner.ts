import { type ByteString, ByteStringCache } from "./byte-string-cache.ts";
import {
  AMPERSAND,
  APOSTROPHE,
  CARRIAGE_RETURN,
  EQUALS,
  GREATER_THAN,
  isForbidden,
  isSpace,
  LESS_THAN,
  NEWLINE,
  nameEnd,
  QUOTE,
  SLASH,
  SPACE,
  TAB,
} from "./bytes.ts";
import { KnownTags, type TagParts } from "./known-tags.ts";
import { decodeReferences, referenceEnd } from "./references.ts";
import { XmlError } from "./xml-error.ts";

const MAX_ATTRIBUTES = 256;
const INCOMPLETE = -1;

/** What a handler may ask of the start tag it was called for; the bytes are gone when the call returns. */
export type XmlTag = {
  /** 1-based line of the tag's `<`. */
  readonly line: number;
  /** The value, normalised and with references replaced, or null when there is no such attribute. */
  attribute(name: string): string | null;
  /** Every attribute in document order. */
  attributes(): [name: string, value: string][];
};

/** Reads start tags. Values are checked at once and decoded only when asked for. */
export class TagScanner implements XmlTag {
  name: ByteString = { text: "", bytes: new Uint8Array(0) };
  isEmptyElement = false;
  line = 1;
  /** Line ends inside the tag just read. */
  newlines = 0;
  readonly #names: ByteStringCache;
  readonly #values = new ByteStringCache();
  readonly #known = new KnownTags();
  #buffer: Buffer = Buffer.alloc(0);
  /** Of the tag that is read, used over and over. */
  readonly #read: TagParts = {
    bytes: this.#buffer,
    count: 0,
    names: [],
    starts: [],
    ends: [],
    isPlain: [],
    values: [],
  };
  #parts: TagParts = this.#read;

  constructor(names: ByteStringCache) {
    this.#names = names;
  }

  /**
   * Reads the start tag whose name begins at `from`, on line `line`.
   *
   * @returns the offset behind its `>`, or -1 when the buffer ends first
   * @throws XmlError
   */
  scan(buffer: Buffer, from: number, line: number): number {
    this.line = line;
    this.#buffer = buffer;
    this.#read.bytes = buffer;
    this.#read.count = 0;
    this.#parts = this.#read;
    this.isEmptyElement = false;
    this.newlines = 0;
    const at = nameEnd(buffer, from);
    if (at === buffer.length) return INCOMPLETE;
    if (at === from) throw new XmlError("xml-malformed", "a '<' starts no tag; write it as &lt;");
    return buffer[at] === GREATER_THAN ? this.#endName(from, at) : this.#scanWithAttributes(from, at);
  }

  #endName(from: number, end: number): number {
    this.name = this.#names.get(this.#buffer, from, end);
    return end + 1;
  }

  #scanWithAttributes(from: number, nameStop: number): number {
    // A value may hold a '>': then these bytes are no tag, and none that is known.
    const close = this.#buffer.indexOf(GREATER_THAN, nameStop) + 1;
    const known = this.#known.find(this.#buffer, from, close);
    if (known) {
      this.name = known.name;
      this.newlines = known.newlines;
      this.isEmptyElement = known.isEmptyElement;
      this.#parts = known.parts;
      return close;
    }
    this.name = this.#names.get(this.#buffer, from, nameStop);
    const end = this.#scanAttributes(nameStop);
    if (end === close) {
      const { name, newlines, isEmptyElement } = this;
      this.#known.remember(from, end, { name, newlines, isEmptyElement, parts: this.#read });
    }
    return end;
  }

  #scanAttributes(from: number): number {
    const buffer = this.#buffer;
    let at = from;
    while (buffer[at]! !== GREATER_THAN) {
      const next = this.#skipSpace(at);
      if (next === buffer.length) return INCOMPLETE;
      const byte = buffer[next];
      if (byte === GREATER_THAN) return next + 1;
      if (byte === SLASH) return this.#endEmptyElement(next);
      if (next === at) throw new XmlError("xml-malformed", `white space is missing in the tag ${this.name.text}`);
      at = this.#scanAttribute(next);
      if (at === INCOMPLETE || at === buffer.length) return INCOMPLETE;
    }
    return at + 1;
  }

  attribute(name: string): string | null {
    const { count, names } = this.#parts;
    for (let i = 0; i < count; i++) if (names[i]!.text === name) return this.#value(i);
    return null;
  }

  attributes(): [name: string, value: string][] {
    return Array.from({ length: this.#parts.count }, (_, i) => [this.#parts.names[i]!.text, this.#value(i)]);
  }

  #endEmptyElement(slash: number): number {
    if (slash + 1 === this.#buffer.length) return INCOMPLETE;
    if (this.#buffer[slash + 1] !== GREATER_THAN) {
      throw new XmlError("xml-malformed", `a '/' stands inside the tag ${this.name.text}`);
    }
    this.isEmptyElement = true;
    return slash + 2;
  }

  #scanAttribute(from: number): number {
    const buffer = this.#buffer;
    const end = nameEnd(buffer, from);
    if (end === from) throw new XmlError("xml-malformed", `the tag ${this.name.text} has an attribute without a name`);
    const equals = this.#skipSpace(end);
    if (equals === buffer.length) return INCOMPLETE;
    const name = this.#names.get(buffer, from, end);
    if (buffer[equals] !== EQUALS) throw new XmlError("xml-malformed", `attribute ${name.text} has no value`);
    const open = this.#skipSpace(equals + 1);
    if (open === buffer.length) return INCOMPLETE;
    const quote = buffer[open]!;
    if (quote !== QUOTE && quote !== APOSTROPHE) {
      throw new XmlError("xml-malformed", `the value of attribute ${name.text} is not quoted`);
    }
    this.#register(name);
    return this.#scanValue(open + 1, quote);
  }

  #register(name: ByteString): void {
    const { count, names } = this.#read;
    for (let i = 0; i < count; i++) {
      if (names[i]!.text === name.text) {
        throw new XmlError("xml-malformed", `attribute ${name.text} is given twice`);
      }
    }
    if (count === MAX_ATTRIBUTES) {
      throw new XmlError("xml-token-too-long", `a tag has more than ${MAX_ATTRIBUTES} attributes`);
    }
    names[count] = name;
  }

  #scanValue(start: number, quote: number): number {
    const buffer = this.#buffer;
    let isPlain = true;
    let at = start;
    for (; at < buffer.length; at++) {
      const byte = buffer[at]!;
      if (byte === quote) {
        this.#endValue(start, at, isPlain);
        return at + 1;
      }
      if (byte === AMPERSAND) {
        const end = referenceEnd(buffer, at);
        if (end === INCOMPLETE) return INCOMPLETE;
        isPlain = false;
        at = end - 1;
      } else if (byte === LESS_THAN) {
        throw new XmlError("xml-malformed", "a '<' stands in an attribute value; write it as &lt;");
      } else if (byte < SPACE) {
        if (isForbidden(byte)) throw forbiddenCharacter(byte);
        if (byte === NEWLINE) this.newlines++;
        isPlain = false;
      }
    }
    return INCOMPLETE;
  }

  #endValue(start: number, end: number, isPlain: boolean): void {
    const parts = this.#read;
    parts.starts[parts.count] = start;
    parts.ends[parts.count] = end;
    parts.isPlain[parts.count] = isPlain;
    parts.values[parts.count] = undefined;
    parts.count++;
  }

  #value(index: number): string {
    const { values } = this.#parts;
    const known = values[index];
    if (known !== undefined) return known;
    const value = this.#decode(index);
    values[index] = value;
    return value;
  }

  #decode(index: number): string {
    const { bytes, starts, ends, isPlain } = this.#parts;
    const start = starts[index]!;
    const end = ends[index]!;
    if (isPlain[index]) return this.#values.get(bytes, start, end).text;
    // XML 1.0, 3.3.3: white space in a value reads as spaces; references come after, so &#10; stays a line end.
    return decodeReferences(bytes.toString("utf8", start, end).replace(/\r\n|[\t\n\r]/g, " "));
  }

  #skipSpace(from: number): number {
    const buffer = this.#buffer;
    let at = from;
    while (at < buffer.length) {
      const byte = buffer[at]!;
      if (byte === NEWLINE) this.newlines++;
      else if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) break;
      at++;
    }
    return at;
  }
}

export function forbiddenCharacter(byte: number): XmlError {
  const code = byte.toString(16).toUpperCase().padStart(2, "0");
  return new XmlError("xml-malformed", `control character U+00${code} is not allowed in XML`);
}

/** Offset behind the end tag's `>` when nothing but white space stands between `at` and it; -1 when incomplete. */
export function endTagEnd(buffer: Buffer, from: number): number {
  let at = from;
  while (at < buffer.length && isSpace(buffer[at]!)) at++;
  if (at === buffer.length) return INCOMPLETE;
  if (buffer[at] !== GREATER_THAN) throw new XmlError("xml-malformed", "an end tag holds more than its name");
  return at + 1;
}
