import { type ByteString, ByteStringCache, matches } from "./byte-string-cache.ts";
import {
  AMPERSAND,
  BANG,
  BRACKET_CLOSE,
  DASH,
  GREATER_THAN,
  isSpace,
  LESS_THAN,
  NEWLINE,
  nameEnd,
  QUESTION,
  SLASH,
  TEXT_STOP,
  wholeCharactersEnd,
} from "./bytes.ts";
import { checkCharacters, countNewlines, isHeldInCdata, normaliseLineEnds, passTextByte } from "./character-data.ts";
import { DoctypeScanner } from "./doctype-scanner.ts";
import { PassageMemory } from "./passage-memory.ts";
import { decodeReferences, referenceEnd } from "./references.ts";
import { endTagEnd, TagScanner } from "./tag-scanner.ts";
import { XmlError } from "./xml-error.ts";
import { defaultXmlLimits, NOTHING, type XmlHandler, type XmlInterest, type XmlLimits } from "./xml-handler.ts";

/** What the bytes at hand are part of; everything but content may span chunks without being held. */
const MODE = { content: 0, comment: 1, cdata: 2, instruction: 3, doctype: 4 } as const;
type Mode = (typeof MODE)[keyof typeof MODE];

/** Bytes read at a time; small enough to stay in the processor's cache. */
const STEP_BYTES = 65_536;
const COMMENT_OPEN = Buffer.from("<!--");
const CDATA_OPEN = Buffer.from("<![CDATA[");
const DOCTYPE_OPEN = Buffer.from("<!DOCTYPE");
const DECLARATION =
  /^\s+version\s*=\s*(["'])1\.\d+\1(\s+encoding\s*=\s*(["'])[A-Za-z][\w.-]*\3)?(\s+standalone\s*=\s*(["'])(yes|no)\5)?\s*$/;

/**
 * Streaming reader for XML 1.0 in UTF-8 without a DTD. It checks what a non-validating processor must: nesting, tag
 * and attribute syntax, references, allowed characters. It refuses DOCTYPE, or passes it over if it is told to, and in
 * either case every entity beyond the five predefined.
 * Memory is bounded by the limits and the chunk size, never by the document.
 *
 * Not checked: which non-ASCII characters may stand in names, that nothing stands before the XML declaration, white space
 * being passed there, and that the bytes are valid UTF-8 (invalid ones decode to U+FFFD). The decision and the figures are in docs/decisions (XML reader).
 */
export class XmlReader {
  readonly #handler: XmlHandler;
  readonly #limits: XmlLimits;
  readonly #names = new ByteStringCache();
  readonly #tag = new TagScanner(this.#names);
  readonly #openNames: ByteString[] = [];
  /** What is wanted of the elements around the innermost one, and of that. */
  readonly #interests: XmlInterest[] = [];
  #interest: XmlInterest = false;
  readonly #passages = new PassageMemory();
  #hasRoot = false;
  #isAtStart = true;
  #mode: Mode = MODE.content;
  #doctype: DoctypeScanner | null = null;
  readonly #work: Buffer;
  /** The part of the work buffer that holds bytes; those before the position are read. */
  #buffer: Buffer;
  #position = 0;
  #line = 1;

  constructor(handler: XmlHandler, limits: XmlLimits = defaultXmlLimits) {
    this.#handler = handler;
    this.#limits = limits;
    this.#work = Buffer.allocUnsafeSlow(limits.maxTagBytes + STEP_BYTES);
    this.#buffer = this.#work.subarray(0, 0);
  }

  /**
   * Reads on. The chunk may be reused by its owner as soon as this returns.
   *
   * @throws XmlError; nothing may be written after it
   */
  write(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const held = this.#buffer.length - this.#position;
      const part = chunk.subarray(from, from + STEP_BYTES);
      // One buffer for the reader's life: joining new ones would leave as much garbage outside the heap as the file
      // is long, which the collector is in no hurry to free.
      this.#work.copyWithin(0, this.#position, this.#buffer.length);
      this.#work.set(part, held);
      this.#buffer = this.#work.subarray(0, held + part.length);
      this.#position = 0;
      this.#passages.forget();
      this.#locating(() => this.#run());
      from += part.length;
    }
  }

  /** Tells that no more bytes come. @throws XmlError when the document is not whole */
  end(): void {
    this.#locating(() => {
      const open = this.#openNames.at(-1);
      if (open !== undefined) throw new XmlError("xml-truncated", `the file ends inside element ${open.text}`);
      if (this.#buffer.length > this.#position || this.#mode !== MODE.content) {
        throw new XmlError("xml-truncated", "the file ends in the middle of a tag or comment");
      }
      if (!this.#hasRoot) throw new XmlError("xml-truncated", "the file holds no element");
    });
  }

  #locating(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof XmlError && error.line === 0) error.line = this.#line;
      throw error;
    }
  }

  #run(): void {
    const buffer = this.#buffer;
    let isAdvancing = true;
    while (isAdvancing && this.#position < buffer.length) {
      if (this.#mode === MODE.content) {
        isAdvancing = buffer[this.#position] === LESS_THAN ? this.#readMarkup() : this.#readText();
      } else if (this.#mode === MODE.cdata) {
        isAdvancing = this.#readCdata();
      } else if (this.#mode === MODE.doctype) {
        isAdvancing = this.#readDoctype();
      } else {
        isAdvancing = this.#readUnreported();
      }
    }
    if (buffer.length - this.#position > this.#limits.maxTagBytes) {
      throw new XmlError("xml-token-too-long", `a tag is longer than ${this.#limits.maxTagBytes} bytes`);
    }
  }

  /** Each reader below takes one part and answers false when it needs more bytes; then nothing of it is taken. */
  #readMarkup(): boolean {
    // Reading behind a buffer's end, even once, makes the engine keep a slower load at that place for good.
    if (this.#position + 1 === this.#buffer.length) return false;
    const next = this.#buffer[this.#position + 1]!;
    if (next === SLASH) return this.#readEndTag();
    if (next === BANG) return this.#readDeclaration();
    if (next === QUESTION) return this.#readInstruction();
    return this.#readStartTag();
  }

  #readStartTag(): boolean {
    const tag = this.#tag;
    const end = tag.scan(this.#buffer, this.#position + 1, this.#line);
    if (end === -1) return false;
    const depth = this.#openNames.length;
    if (depth === 0) {
      if (this.#hasRoot)
        throw new XmlError("xml-malformed", `a second root element ${tag.name.text} follows the first`);
      this.#hasRoot = true;
    }
    if (depth >= this.#limits.maxDepth) {
      throw new XmlError("xml-too-deep", `elements are nested deeper than ${this.#limits.maxDepth}`);
    }
    this.#isAtStart = false;
    const { name, newlines, isEmptyElement } = tag;
    const isTold = isWanted(this.#interest, name.text);
    if (isTold && this.#passages.depth !== -1) this.#endPassage();
    const interest = isTold ? this.#handler.open(name.text, tag) : NOTHING;
    this.#position = end;
    this.#line += newlines;
    if (isEmptyElement) {
      if (interest !== NOTHING) this.#handler.close(name.text);
      return true;
    }
    this.#openNames.push(name);
    this.#interests.push(this.#interest);
    this.#interest = interest;
    if (typeof interest === "object" && interest.likeness !== undefined)
      this.#passOver(interest.children, interest.likeness);
    return true;
  }

  #passOver(wanted: ReadonlySet<string>, likeness: string): void {
    const place = { likeness, wanted, depth: this.#openNames.length };
    const known = this.#passages.find(this.#buffer, this.#position, place, this.#line);
    if (known === undefined) return;
    this.#position += known.bytes.length;
    this.#line += known.newlines;
  }

  #endPassage(): void {
    this.#passages.remember(this.#buffer, this.#position, this.#line);
  }

  #readEndTag(): boolean {
    const open = this.#openNames.at(-1);
    if (open === undefined) throw new XmlError("xml-malformed", "an end tag closes nothing");
    const buffer = this.#buffer;
    const from = this.#position + 2;
    const nameStop = from + open.bytes.length;
    if (nameStop >= buffer.length && nameEnd(buffer, Math.min(from, buffer.length)) === buffer.length) return false;
    if (!matches(buffer, from, open.bytes)) {
      const found = buffer.toString("utf8", from, Math.min(nameEnd(buffer, from), from + 80));
      throw new XmlError("xml-malformed", `end tag ${found} does not close element ${open.text}`);
    }
    const end = endTagEnd(buffer, nameStop);
    if (end === -1) return false;
    if (this.#passages.depth === this.#openNames.length) this.#endPassage();
    if (this.#interest !== NOTHING) this.#handler.close(open.text);
    this.#openNames.pop();
    this.#interest = this.#interests.pop()!;
    if (end > nameStop + 1) this.#line += countNewlines(buffer, nameStop, end);
    this.#position = end;
    return true;
  }

  #readDeclaration(): boolean {
    const from = this.#position;
    if (this.#startsWith(COMMENT_OPEN)) return this.#enter(MODE.comment, from + COMMENT_OPEN.length);
    if (this.#startsWith(CDATA_OPEN)) {
      if (this.#openNames.length === 0) throw new XmlError("xml-malformed", "a CDATA section stands outside the root");
      return this.#enter(MODE.cdata, from + CDATA_OPEN.length);
    }
    if (this.#startsWith(DOCTYPE_OPEN)) {
      if (this.#limits.doctype === "pass" && !this.#hasRoot && this.#doctype === null) {
        this.#doctype = new DoctypeScanner();
        return this.#enter(MODE.doctype, from + DOCTYPE_OPEN.length);
      }
      throw new XmlError("doctype-refused", "the file has a DOCTYPE, which is refused: remove it and import again");
    }
    if (this.#buffer.length - from < DOCTYPE_OPEN.length) return this.#mayBecomeDeclaration();
    throw new XmlError("xml-malformed", "a '<!' starts neither a comment nor a CDATA section");
  }

  #mayBecomeDeclaration(): false {
    const held = this.#buffer.subarray(this.#position);
    const mayBecome = [COMMENT_OPEN, CDATA_OPEN, DOCTYPE_OPEN].some((open) => matches(open, 0, held));
    if (!mayBecome) throw new XmlError("xml-malformed", "a '<!' starts neither a comment nor a CDATA section");
    return false;
  }

  #readDoctype(): boolean {
    const doctype = this.#doctype as DoctypeScanner;
    const end = doctype.scan(this.#buffer, this.#position);
    this.#line += countNewlines(this.#buffer, this.#position, end);
    this.#position = end;
    return doctype.isDone && this.#enter(MODE.content, end);
  }

  #startsWith(bytes: Uint8Array): boolean {
    return matches(this.#buffer, this.#position, bytes);
  }

  #enter(mode: Mode, position: number): true {
    this.#isAtStart = false;
    this.#mode = mode;
    this.#position = position;
    return true;
  }

  #readInstruction(): boolean {
    const buffer = this.#buffer;
    const from = this.#position + 2;
    const stop = nameEnd(buffer, from);
    if (stop + 1 >= buffer.length) return false;
    const target = buffer.toString("utf8", from, stop);
    const isClosed = buffer[stop] === QUESTION && buffer[stop + 1] === GREATER_THAN;
    if (target === "" || !(isClosed || isSpace(buffer[stop]!))) {
      throw new XmlError("xml-malformed", "a '<?' starts no processing instruction");
    }
    if (target.toLowerCase() !== "xml") return this.#enter(MODE.instruction, stop);
    return this.#readXmlDeclaration(stop);
  }

  #readXmlDeclaration(from: number): boolean {
    const end = this.#buffer.indexOf("?>", from);
    if (end === -1) return false;
    const text = this.#buffer.toString("utf8", this.#position + 2, end);
    if (!this.#isAtStart) throw new XmlError("xml-malformed", "an XML declaration stands behind the file's start");
    if (!text.startsWith("xml") || !DECLARATION.test(text.slice(3))) {
      throw new XmlError("xml-malformed", "the XML declaration cannot be read");
    }
    this.#line += countNewlines(this.#buffer, from, end);
    return this.#enter(MODE.content, end + 2);
  }

  #readText(): boolean {
    if (this.#openNames.length === 0) return this.#readOutsideRoot();
    const buffer = this.#buffer;
    const length = buffer.length;
    const start = this.#position;
    let at = start;
    let newlines = 0;
    let isPlain = true;
    let stop = -1;
    while (stop === -1) {
      while (at < length && TEXT_STOP[buffer[at]!] === 0) at++;
      if (at === length) {
        stop = wholeCharactersEnd(buffer, start);
        break;
      }
      const byte = buffer[at]!;
      if (byte === NEWLINE) {
        newlines++;
        at++;
      } else if (byte === LESS_THAN) {
        stop = at;
      } else {
        this.#line += newlines;
        newlines = 0;
        const next = byte === AMPERSAND ? referenceEnd(buffer, at) : passTextByte(buffer, at);
        if (byte !== BRACKET_CLOSE) isPlain = false;
        if (next === -1) stop = at;
        else at = next;
      }
    }
    this.#line += newlines;
    if (stop > start) this.#report(start, stop, isPlain);
    this.#position = stop;
    return stop > start;
  }

  #report(start: number, end: number, isPlain: boolean): void {
    if (this.#interest !== true) return;
    const raw = this.#buffer.toString("utf8", start, end);
    this.#handler.text(isPlain ? raw : decodeReferences(normaliseLineEnds(raw)));
  }

  #readOutsideRoot(): boolean {
    const buffer = this.#buffer;
    let at = this.#position;
    for (; at < buffer.length && buffer[at] !== LESS_THAN; at++) {
      if (!isSpace(buffer[at]!)) throw new XmlError("xml-malformed", "text stands outside the root element");
      if (buffer[at] === NEWLINE) this.#line++;
    }
    // White space alone may stand before the declaration: tools that print a line of their own leave it.
    this.#position = at;
    return true;
  }

  #readCdata(): boolean {
    const buffer = this.#buffer;
    const start = this.#position;
    let end = buffer.indexOf("]]>", start);
    const isClosed = end !== -1;
    // What is held back may be the first bytes of the closing mark, or half a line end or character.
    if (!isClosed) {
      end = wholeCharactersEnd(buffer, start);
      for (let held = 0; held < 2 && end > start && isHeldInCdata(buffer[end - 1]!); held++) end--;
    }
    this.#line += checkCharacters(buffer, start, end);
    if (end > start && this.#interest === true) {
      this.#handler.text(normaliseLineEnds(buffer.toString("utf8", start, end)));
    }
    this.#position = end;
    if (!isClosed) return false;
    return this.#enter(MODE.content, end + 3);
  }

  /** Comments and processing instructions: checked, passed over, never held. */
  #readUnreported(): boolean {
    const buffer = this.#buffer;
    const isComment = this.#mode === MODE.comment;
    const start = this.#position;
    const mark = buffer.indexOf(isComment ? "--" : "?>", start);
    const last = buffer[buffer.length - 1];
    const stop = mark === -1 ? buffer.length - (last === DASH || last === QUESTION ? 1 : 0) : mark;
    this.#line += checkCharacters(buffer, start, stop);
    this.#position = stop;
    if (mark === -1) return false;
    if (!isComment) return this.#enter(MODE.content, mark + 2);
    if (mark + 2 >= buffer.length) return false;
    if (buffer[mark + 2] !== GREATER_THAN) throw new XmlError("xml-malformed", "a comment holds '--'");
    return this.#enter(MODE.content, mark + 3);
  }
}

/** Whether an element is wanted of whose parent so much is. */
function isWanted(interest: XmlInterest, name: string): boolean {
  return typeof interest === "boolean" || interest.children.has(name);
}
