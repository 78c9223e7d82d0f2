import {
  APOSTROPHE,
  BANG,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  DASH,
  GREATER_THAN,
  isForbidden,
  isSpace,
  LESS_THAN,
  QUESTION,
  QUOTE,
} from "./bytes.ts";
import { forbiddenCharacter } from "./tag-scanner.ts";
import { XmlError } from "./xml-error.ts";

/** Far more than any report declares; beyond it somebody is up to something. */
const MAX_DOCTYPE_BYTES = 1_048_576;

const COMMENT_END = (DASH << 16) | (DASH << 8) | GREATER_THAN;
const INSTRUCTION_END = (QUESTION << 8) | GREATER_THAN;

/** What the byte at hand stands in. */
const PLACE = { head: 0, subset: 1, opening: 2, declaration: 3, comment: 4, instruction: 5, tail: 6 } as const;

/**
 * Finds the end of a DOCTYPE, byte by byte and holding none. Quotes, comments and instructions are respected, so that a
 * `>` or `]` in them ends nothing; what is declared is read by nobody.
 */
export class DoctypeScanner {
  /** True once the `>` was passed. */
  isDone = false;
  #place: number = PLACE.head;
  /** The quote that is open; 0 when none is. */
  #quote = 0;
  /** The last three bytes, the latest lowest: enough to know where a comment or an instruction starts and ends. */
  #recent = 0;
  #bytes = 0;

  /** @returns the offset behind the last byte taken. @throws XmlError */
  scan(buffer: Uint8Array, from: number): number {
    let at = from;
    while (at < buffer.length && !this.isDone) this.#take(buffer[at++] as number);
    this.#bytes += at - from;
    if (this.#bytes > MAX_DOCTYPE_BYTES) {
      throw new XmlError("doctype-refused", `the file's DOCTYPE is longer than ${MAX_DOCTYPE_BYTES} bytes: remove it`);
    }
    return at;
  }

  #take(byte: number): void {
    if (isForbidden(byte)) throw forbiddenCharacter(byte);
    this.#recent = ((this.#recent << 8) | byte) & 0xff_ff_ff;
    if (this.#quote !== 0) {
      if (byte === this.#quote) this.#quote = 0;
      return;
    }
    if (this.#place === PLACE.subset) this.#takeInSubset(byte);
    else if (this.#place === PLACE.opening) this.#takeOpening(byte);
    else if (this.#place === PLACE.comment) {
      if (this.#recent === COMMENT_END) this.#place = PLACE.subset;
    } else if (this.#place === PLACE.instruction) {
      if ((this.#recent & 0xff_ff) === INSTRUCTION_END) this.#place = PLACE.subset;
    } else this.#takeInDeclaration(byte);
  }

  #takeInSubset(byte: number): void {
    if (byte === BRACKET_CLOSE) this.#place = PLACE.tail;
    else if (byte === LESS_THAN) this.#place = PLACE.opening;
  }

  /** Behind the `<` of the subset: `!` and `?` tell what it is, `!--` that it is a comment. */
  #takeOpening(byte: number): void {
    const previous = (this.#recent >> 8) & 0xff;
    if (previous === LESS_THAN && byte === QUESTION) this.#place = PLACE.instruction;
    else if (previous === LESS_THAN && byte !== BANG) throw malformed();
    else if (previous === BANG && byte !== DASH) {
      this.#place = PLACE.declaration;
      this.#takeInDeclaration(byte);
    } else if (previous === DASH) {
      if (byte !== DASH) throw malformed();
      this.#place = PLACE.comment;
      // The dashes that open a comment do not close it.
      this.#recent = 0;
    }
  }

  #takeInDeclaration(byte: number): void {
    if (byte === QUOTE || byte === APOSTROPHE) this.#quote = byte;
    else if (byte === GREATER_THAN) this.#end();
    else if (this.#place === PLACE.tail) {
      if (!isSpace(byte)) throw malformed();
    } else if (byte === LESS_THAN) throw malformed();
    else if (byte === BRACKET_OPEN) {
      if (this.#place !== PLACE.head) throw malformed();
      this.#place = PLACE.subset;
    }
  }

  #end(): void {
    if (this.#place === PLACE.declaration) this.#place = PLACE.subset;
    else this.isDone = true;
  }
}

function malformed(): XmlError {
  return new XmlError("doctype-refused", "the file's DOCTYPE cannot be read: remove it and import again");
}
