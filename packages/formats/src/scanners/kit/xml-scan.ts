import type { ByteSource, ScanEvent, ScanParser } from "../../records.ts";
import { Utf8Check } from "../../utf8-check.ts";
import {
  decodeXml,
  defaultXmlLimits,
  NOTHING,
  XmlError,
  type XmlHandler,
  type XmlInterest,
  type XmlLimits,
  XmlReader,
  type XmlTag,
} from "../../xml/index.ts";
import { inBatches, ScanWriter, type ScanWriterLimits } from "./scan-writer.ts";

/** An element with all that is in it. */
export type XmlElement = {
  name: string;
  attributes: Readonly<Record<string, string | undefined>>;
  children: XmlElement[];
  /** Character data directly inside, joined and trimmed. */
  text: string;
  line: number;
};

type Context<State> = { out: ScanWriter; where: string; state: State };

export type XmlScanMapping<State> = {
  /** Name of the source product. */
  product: string;
  /** The file names the product itself, with `out.run`; `product` is for one that does not. */
  tellsProduct?: true;
  /** Elements handed out whole, by path from the root: `issues/issue`. They must be small: a host, a finding. */
  records: Readonly<Record<string, (element: XmlElement, context: Context<State>) => void>>;
  /** Names of elements inside records that are passed over with all they hold. */
  leaveOut?: readonly string[];
  /** Elements too large to hold, by path: told when they start, with their attributes only, and when they end. */
  open?: Readonly<Record<string, (attributes: XmlElement["attributes"], context: Context<State>) => void>>;
  close?: Readonly<Record<string, (context: Context<State>) => void>>;
  start: () => State;
  end?: (context: { out: ScanWriter; state: State }) => void;
  /** What is left to tell after the last record, where it may be much: a step for each piece. */
  rest?: (context: { out: ScanWriter; state: State }) => Iterable<unknown>;
  limits?: Partial<XmlLimits & ScanWriterLimits & XmlRecordLimits>;
};

export type XmlRecordLimits = {
  /** Characters of text and attributes kept of one record; the rest is left out with a warning. */
  maxRecordChars: number;
  maxRecordElements: number;
};

const DEFAULT_RECORD_LIMITS: XmlRecordLimits = { maxRecordChars: 4_194_304, maxRecordElements: 200_000 };
const STEP_BYTES = 65_536;

/** A parser from a mapping of elements. A DOCTYPE is passed over, and what it declares is not known. */
export function xmlScan<State>(mapping: XmlScanMapping<State>): ScanParser {
  return async function* parse(source: ByteSource): AsyncGenerator<ScanEvent[]> {
    const out = new ScanWriter(mapping);
    const encoding = new Utf8Check();
    const state = mapping.start();
    const handler = new RecordHandler(mapping, out, state);
    const reader = new XmlReader(handler, { ...defaultXmlLimits, doctype: "pass", ...mapping.limits });
    try {
      for await (const chunk of decodeXml(source, encoding)) {
        for (let at = 0; at < chunk.length; at += STEP_BYTES) {
          reader.write(chunk.subarray(at, at + STEP_BYTES));
          if (out.isBatchFull) yield out.takeBatch();
        }
      }
      reader.end();
    } catch (error) {
      if (!(error instanceof XmlError)) throw error;
      out.breakOff(error.code, `line ${Math.max(error.line, 1)}`, error.message);
    }
    mapping.end?.({ out, state });
    if (mapping.rest) yield* inBatches(mapping.rest({ out, state }), out);
    out.warnOf(encoding.toIssue("U+FFFD"));
    yield out.finish();
  };
}

class RecordHandler<State> implements XmlHandler {
  readonly #mapping: XmlScanMapping<State>;
  readonly #out: ScanWriter;
  readonly #state: State;
  readonly #limits: XmlRecordLimits;
  readonly #paths: string[] = [];
  /** The open elements of the record being read; `isKept` is false for those beyond the limits. */
  readonly #elements: (XmlElement & { pieces: string[]; isKept: boolean })[] = [];
  readonly #leaveOut: ReadonlySet<string>;
  #chars = 0;
  #count = 0;
  #isCut = false;
  #line = 1;

  constructor(mapping: XmlScanMapping<State>, out: ScanWriter, state: State) {
    this.#mapping = mapping;
    this.#out = out;
    this.#state = state;
    this.#leaveOut = new Set(mapping.leaveOut);
    this.#limits = { ...DEFAULT_RECORD_LIMITS, ...mapping.limits };
  }

  open(name: string, tag: XmlTag): XmlInterest {
    this.#line = tag.line;
    if (this.#elements.length > 0 && this.#leaveOut.has(name)) return NOTHING;
    if (this.#elements.length > 0) return this.#push(name, tag);
    const parent = this.#paths.at(-1);
    const path = parent === undefined ? name : `${parent}/${name}`;
    this.#paths.push(path);
    // Paths are the file's own words: none may reach a prototype.
    const { open } = this.#mapping;
    if (open && Object.hasOwn(open, path)) open[path]?.(toAttributes(tag), this.#context(tag.line));
    if (!Object.hasOwn(this.#mapping.records, path)) return false;
    this.#chars = 0;
    this.#count = 0;
    this.#isCut = false;
    return this.#push(name, tag);
  }

  text(piece: string): void {
    const element = this.#elements.at(-1);
    if (!element) return;
    const kept = piece.slice(0, Math.max(this.#limits.maxRecordChars - this.#chars, 0));
    if (kept.length < piece.length) this.#isCut = true;
    this.#chars += kept.length;
    if (kept !== "") element.pieces.push(kept);
  }

  close(): void {
    const element = this.#elements.pop();
    if (this.#elements.length > 0) {
      if (element) this.#closeInside(element);
      return;
    }
    const path = this.#paths.pop() as string;
    if (!element) {
      const { close } = this.#mapping;
      if (close && Object.hasOwn(close, path)) close[path]?.(this.#context(this.#line));
      return;
    }
    element.text = joined(element.pieces);
    const context = this.#context(element.line);
    if (this.#isCut) {
      context.out.warn(
        "record-cut",
        context.where,
        `element ${element.name} is too large; only its first part was kept`,
      );
    }
    this.#mapping.records[path]?.(element, context);
  }

  #closeInside(element: XmlElement & { pieces: string[]; isKept: boolean }): void {
    element.text = joined(element.pieces);
    if (element.isKept) this.#elements.at(-1)?.children.push(element);
  }

  #push(name: string, tag: XmlTag): true {
    this.#count++;
    const isFirst = this.#elements.length === 0;
    const isFull = this.#chars >= this.#limits.maxRecordChars || this.#count > this.#limits.maxRecordElements;
    const isKept = isFirst || !isFull;
    if (!isKept) this.#isCut = true;
    const attributes = isKept ? toAttributes(tag) : NO_ATTRIBUTES;
    if (attributes !== NO_ATTRIBUTES) for (const name in attributes) this.#chars += attributes[name]?.length ?? 0;
    this.#elements.push({ name, attributes, children: [], text: "", line: tag.line, pieces: [], isKept });
    return true;
  }

  #context(line: number): Context<State> {
    return { out: this.#out, where: `line ${line}`, state: this.#state };
  }
}

function joined(pieces: readonly string[]): string {
  // A piece that was cut may end in half a surrogate pair, which no database takes.
  return pieces.length === 0 ? "" : pieces.join("").toWellFormed().trim();
}

const NO_ATTRIBUTES: XmlElement["attributes"] = Object.freeze(Object.create(null));

function toAttributes(tag: XmlTag): XmlElement["attributes"] {
  const pairs = tag.attributes();
  if (pairs.length === 0) return NO_ATTRIBUTES;
  // Names come from the file: none may reach a prototype.
  const attributes: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) attributes[name] = value;
  return attributes;
}

/** The elements at a path below, e.g. `childrenOf(host, "ports/port")`. */
export function childrenOf(element: XmlElement, path: string): XmlElement[] {
  return path
    .split("/")
    .reduce<XmlElement[]>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [element],
    );
}

/** The first element at a path below. */
export function childOf(element: XmlElement, path: string): XmlElement | undefined {
  return childrenOf(element, path)[0];
}

/** Text of the first element at a path below; empty without one. */
export function textOf(element: XmlElement, path: string): string {
  return childOf(element, path)?.text ?? "";
}

/** All text inside, of elements nested at any depth, one a line: for prose with markup in it. */
export function allText(element: XmlElement | undefined): string {
  if (!element) return "";
  return [element.text, ...element.children.map(allText)].filter((text) => text !== "").join("\n");
}
