import { AppError } from "@breakwater/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** Objects and lists within each other; no operation's own schema needs ten. */
const MAX_JSON_DEPTH = 64;
const MAX_FORM_FIELDS = 100;

/**
 * How bodies of one kind of operation are read. Each kind has its own scope, so that a body of another type is refused
 * with 415 instead of being taken for something it is not.
 */
export function addBodyParsers(app: FastifyInstance, kind: "json" | "form" | "stream"): void {
  app.removeAllContentTypeParsers();
  if (kind === "json") {
    // Refuses `__proto__` and `constructor.prototype` too.
    const parse = app.getDefaultJsonParser("error", "error");
    app.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
      const refusal = refuseCoding(request) ?? refuseDepth(text as string);
      if (refusal) done(refusal);
      else parse(request, text as string, done);
    });
    return;
  }
  if (kind === "form") {
    // Of a repeated field the last value stands (platform.md 2.1).
    app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (request, text, done) => {
      const fields = new URLSearchParams(text as string);
      const refusal = refuseCoding(request);
      if (refusal) done(refusal);
      else if (fields.size > MAX_FORM_FIELDS) {
        done(new AppError("malformed-body", `the form has more than ${MAX_FORM_FIELDS} fields`));
      } else done(null, Object.fromEntries(fields));
    });
    return;
  }
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
}

/** Small bodies need no packing, and what is not unpacked cannot burst. */
function refuseCoding(request: FastifyRequest): AppError | undefined {
  const coding = request.headers["content-encoding"];
  if (coding === undefined || coding.toLowerCase() === "identity") return undefined;
  return new AppError("unsupported-media-type", "the body must be sent as it is, without Content-Encoding");
}

function refuseDepth(text: string): AppError | undefined {
  if (!isDeeperThan(text, MAX_JSON_DEPTH)) return undefined;
  return new AppError("malformed-body", `the body's JSON is nested deeper than ${MAX_JSON_DEPTH} levels`);
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);

/** Looked at before parsing, which takes as much stack as the text is deep. */
function isDeeperThan(json: string, levels: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (isInText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isInText = false;
    } else if (code === QUOTE) isInText = true;
    else if (OPENING.has(code)) {
      depth += 1;
      if (depth > levels) return true;
    } else if (CLOSING.has(code)) depth -= 1;
  }
  return false;
}
