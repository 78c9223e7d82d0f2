/** Reasons a JSON file is refused; they become issue codes. */
export type JsonErrorCode = "json-malformed" | "json-truncated" | "json-encoding-unsupported";

/** The file cannot be read further. `where` is a path into it, such as `matches[17]`, with the byte. */
export class JsonError extends Error {
  readonly code: JsonErrorCode;
  readonly where: string;

  constructor(code: JsonErrorCode, message: string, where: string) {
    super(message);
    this.name = "JsonError";
    this.code = code;
    this.where = where;
  }
}
