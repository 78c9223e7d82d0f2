import type { FastifyInstance } from "fastify";

/**
 * How bodies of one kind of operation are read. Each kind has its own scope, so that a body of another type is refused
 * with 415 instead of being taken for something it is not.
 */
export function addBodyParsers(app: FastifyInstance, kind: "json" | "form" | "stream"): void {
  if (kind === "json") return;
  app.removeAllContentTypeParsers();
  if (kind === "form") {
    // Of a repeated field the last value stands (platform.md 2.1).
    app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, text, done) => {
      done(null, Object.fromEntries(new URLSearchParams(text as string)));
    });
    return;
  }
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
}
