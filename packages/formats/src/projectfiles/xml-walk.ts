import type { ByteSource } from "../records.ts";
import { decodeXml, XmlError, type XmlHandler, XmlReader, type XmlTag } from "../xml/index.ts";
import { LIMITS } from "./limits.ts";
import type { ProjectBuilder } from "./project-parser.ts";

export type XmlAttributes = Readonly<Record<string, string | undefined>>;

/** What looks at a document as it goes by. Names come without their prefix. */
export type XmlVisitor = {
  /**
   * @param attributes to be called within the call only
   * @returns whether the element's own text is wanted
   */
  open(name: string, attributes: () => XmlAttributes, line: number): boolean;
  /** @param text of an element that wanted it, trimmed and cut; empty otherwise */
  close(name: string, text: string): void;
};

const STEP_BYTES = 65_536;

/** Walks the document to its end, or to where it cannot be read, which is told. DTDs and entities are refused. */
export async function walkXml(source: ByteSource, visitor: XmlVisitor, out: ProjectBuilder): Promise<void> {
  const reader = new XmlReader(new Walker(visitor), { maxDepth: LIMITS.maxDepth, maxTagBytes: STEP_BYTES });
  try {
    for await (const chunk of decodeXml(source)) reader.write(chunk);
    reader.end();
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    out.fail(error.code, `line ${Math.max(error.line, 1)}`, `${error.message}; what stands before was taken`);
  }
}

class Walker implements XmlHandler {
  readonly #visitor: XmlVisitor;
  /** Text of each open element; null where it is not wanted. */
  readonly #texts: (string | null)[] = [];

  constructor(visitor: XmlVisitor) {
    this.#visitor = visitor;
  }

  open(name: string, tag: XmlTag): boolean {
    const isWanted = this.#visitor.open(localName(name), () => toAttributes(tag), tag.line);
    this.#texts.push(isWanted ? "" : null);
    return isWanted;
  }

  text(piece: string): void {
    const text = this.#texts.at(-1);
    if (typeof text !== "string" || text.length >= LIMITS.maxTextChars) return;
    this.#texts[this.#texts.length - 1] = text + piece.slice(0, LIMITS.maxTextChars);
  }

  close(name: string): void {
    this.#visitor.close(localName(name), this.#texts.pop()?.trim() ?? "");
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Names come from the file: none may reach a prototype. */
function toAttributes(tag: XmlTag): XmlAttributes {
  return Object.assign(Object.create(null), Object.fromEntries(tag.attributes()));
}
