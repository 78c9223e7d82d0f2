/** Reasons a document is refused; they become issue codes. */
export type XmlErrorCode =
  | "xml-malformed"
  | "xml-truncated"
  | "xml-too-deep"
  | "xml-token-too-long"
  | "xml-encoding-unsupported"
  | "entity-refused"
  | "doctype-refused";

/** The document cannot be read further. `line` is 1-based; {@link XmlReader} fills it in. */
export class XmlError extends Error {
  readonly code: XmlErrorCode;
  line = 0;

  constructor(code: XmlErrorCode, message: string) {
    super(message);
    this.name = "XmlError";
    this.code = code;
  }
}
