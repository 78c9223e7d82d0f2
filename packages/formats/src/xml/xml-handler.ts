import type { XmlTag } from "./tag-scanner.ts";

/** Receives the document's parts in order. Whatever it throws leaves the write of the reader unchanged. */
export type XmlHandler = {
  /**
   * An element starts. Read its attributes now: they are gone after the call.
   *
   * @returns what of its inside is wanted; the rest is checked and never decoded
   */
  open(name: string, tag: XmlTag): XmlInterest;
  /** A piece of wanted character data, references replaced. One text may come in several pieces. */
  text(piece: string): void;
  close(name: string): void;
};

/** Of an element's inside: all elements, with the character data directly inside or without; or some elements only. */
export type XmlInterest = boolean | XmlChoice;

/** The children of an element that are wanted. Neither the others nor character data beside them are told. */
export type XmlChoice = {
  readonly children: ReadonlySet<string>;
  /**
   * Elements of one likeness tend to begin alike. What stands before the first child that is wanted is compared with that of
   * the last such element, and read only if it is not the same.
   */
  readonly likeness?: string;
};

/** Of an element that does not matter: neither what stands in it is told, nor its end. */
export const NOTHING: XmlChoice = { children: new Set() };

export type XmlLimits = {
  maxDepth: number;
  /** Longest start tag, in bytes: a tag is the only thing that must be held whole. */
  maxTagBytes: number;
  /**
   * `pass`: a DOCTYPE is passed over with all that it declares: nothing is fetched, no entity is defined, no default is
   * applied. `refuse`, the default: any is refused.
   */
  doctype?: "refuse" | "pass";
};

export const defaultXmlLimits: XmlLimits = { maxDepth: 64, maxTagBytes: 65_536 };
