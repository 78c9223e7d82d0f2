import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@breakwater/contract";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";

const CONSOLE = "/console";
/** What the build gives a name by its content: browsers may keep it for good. */
export const CONSOLE_FILES = `${CONSOLE}/files/`;

/** Where the page has it, a nonce is put that is good for this answer alone. */
const NONCE_MARK = "{{nonce}}";

const HTML = "text/html;charset=UTF-8";

/**
 * The web console: files that a build made, sent as they are, and for every other address below `/console` its one page,
 * which finds out by itself what to show. It holds no data: those it asks the API for, as any client.
 *
 * @param dir of the build; it may be missing, and may come while the server runs
 */
export function addConsoleRoutes(app: FastifyInstance, dir: string): void {
  app.get("/", async (request, reply) => {
    // For people only: what a program finds there stays nothing.
    if (request.headers.accept?.includes("text/html")) return reply.redirect(`${CONSOLE}/`, 302);
    throw new AppError("not-found", "there is nothing at /");
  });
  const sendPage = async (_request: unknown, reply: FastifyReply) => {
    const page = await readFile(join(dir, "index.html"), "utf8").catch(() => undefined);
    if (page === undefined) return reply.code(404).type(HTML).send(NOT_BUILT);
    const nonce = randomBytes(16).toString("base64");
    return reply.type(HTML).header("Content-Security-Policy", toPolicy(nonce)).send(page.replaceAll(NONCE_MARK, nonce));
  };
  app.get(CONSOLE, sendPage);
  app.get(`${CONSOLE}/*`, sendPage);
  app.register(fastifyStatic, {
    root: join(dir, "files"),
    prefix: CONSOLE_FILES,
    index: false,
    decorateReply: false,
    preCompressed: true,
    immutable: true,
    maxAge: "365d",
    // Whether it is there is found out by each call, not told at the start.
    suppressWarning: true,
  });
}

/** Nothing from anywhere but here, and no script but from its own file. Editors and themes add styles, by the nonce. */
function toPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Breakwater</title></head>
<body>
<h1>The console is not built</h1>
<p>In Breakwater's folder, <code>npm ci</code> builds it, and so does <code>npm run build:console</code>. The API is at work
all the same: see <a href="/docs">its description</a>.</p>
</body>
</html>
`;
