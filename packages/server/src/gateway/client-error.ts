import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { ERRORS, type ErrorCode } from "@breakwater/contract";
import type { Exchange } from "./exchange.ts";
import { toProblemValue } from "./problem.ts";
import { COMMON_HEADERS } from "./steps/respond.ts";

/** Request line and headers together. */
export const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Answers what Node's parser could not read as a request, so that no step ever sees it: too large a head, a head that
 * takes too long, or something that is not HTTP. Same body and headers as any other error (platform.md 8 and 9).
 *
 * @param openOn the exchanges of a connection that are not over; those that arrived whole are answered first
 */
export function createClientErrorHandler(
  openOn: (socket: Socket) => readonly Exchange[],
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  const waiting = new WeakSet<Socket>();
  const handle = (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (waiting.has(socket)) return;
    if (error.code === "ERR_SSL_HTTP_REQUEST") {
      answerPlainHttp(socket);
      return;
    }
    if (error.code === "ECONNRESET" || /^ERR_(TLS|SSL)_/.test(error.code ?? "") || !socket.writable) {
      socket.destroy();
      return;
    }
    const open = openOn(socket);
    const before = open.filter(({ raw }) => raw.complete).at(-1);
    if (before) {
      waiting.add(socket);
      before.out.once("close", () => {
        waiting.delete(socket);
        handle(error, socket);
      });
    } else if (open.some(({ out }) => out.headersSent)) socket.destroy();
    else refuse(socket, ...toRefusal(error), isOfHead(error));
  };
  return handle;
}

/** The answer to HEAD has no body, also when the head was too large to be read as a whole. */
function isOfHead({ rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer }): boolean {
  return rawPacket?.subarray(0, 5).toString("latin1") === "HEAD ";
}

/** Writes an error to a connection that has no request to answer, and closes it. */
export function refuse(socket: Socket, code: ErrorCode, message: string, isHead = false): void {
  if (!socket.writable) return;
  const { status, title } = ERRORS[code];
  const id = randomUUID();
  const body = JSON.stringify(toProblemValue(code, message, id));
  const headers = [
    ["Content-Type", "application/json"],
    ["Date", new Date().toUTCString()],
    ...COMMON_HEADERS,
    ["X-Request-Id", id],
    ["content-length", String(Buffer.byteLength(body))],
    ["Connection", "close"],
  ];
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${head}\r\n${isHead ? "" : body}`);
}

function toRefusal({ code }: NodeJS.ErrnoException): [code: ErrorCode, message: string] {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return ["headers-too-large", `request line and headers together exceed ${MAX_HEADER_BYTES} bytes`];
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return ["body-too-large", `the extensions of the body's chunks together exceed ${MAX_HEADER_BYTES} bytes`];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["request-timeout", "the request did not arrive in time"];
    default:
      return ["malformed-request", "this is not an HTTP request that can be read"];
  }
}

/**
 * Node has given up the TLS side by then, and keeps the connection below it where nothing public leads; without it the
 * client would see no more than a closed connection.
 */
function answerPlainHttp(socket: Socket & { _parent?: Socket }): void {
  const message = "this port speaks HTTPS: begin the URL with https://";
  if (socket._parent) refuse(socket._parent, "malformed-request", message);
  socket.destroy();
}
