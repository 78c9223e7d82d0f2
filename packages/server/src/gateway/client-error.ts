import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { ERRORS } from "@breakwater/contract";
import { COMMON_HEADERS } from "./steps/respond.ts";

/** Request line and headers together. */
export const MAX_HEADER_BYTES = 16 * 1024;

/**
 * Answers what Node's parser could not read as a request, so that no step ever sees it: too large a head, a head that
 * takes too long, or something that is not HTTP. Same body and headers as any other error (platform.md 8 and 9).
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, title, message } = toAnswer(error);
  const body = JSON.stringify({ status, error: title, message, title, detail: message });
  const headers = [
    ["Content-Type", "application/json"],
    ...COMMON_HEADERS,
    ["X-Request-Id", randomUUID()],
    ["content-length", String(Buffer.byteLength(body))],
    ["Connection", "close"],
  ];
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${head}\r\n${body}`);
}

function toAnswer({ code }: NodeJS.ErrnoException): { status: number; title: string; message: string } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return {
        ...ERRORS["headers-too-large"],
        message: `request line and headers together exceed ${MAX_HEADER_BYTES} bytes`,
      };
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return { status: 408, title: "Request Timeout", message: "the request did not arrive in time" };
    default:
      return { status: 400, title: "Bad Request", message: "this is not an HTTP request that can be read" };
  }
}
