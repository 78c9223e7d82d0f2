import type { IncomingMessage } from "node:http";
import { AppError, type ErrorCode } from "@breakwater/contract";
import { isHost } from "../client.ts";

const MAX_HEADER_LINES = 100;
const MAX_QUERY_PARAMETERS = 100;

const SLASH = 47;

/**
 * What Node's parser lets pass and still should not reach an operation: whatever two readers of the same bytes could
 * understand differently. The connection is closed after it.
 *
 * @throws AppError naming the limit, or what is wrong
 */
export function inspectHead(raw: IncomingMessage): void {
  const { rawHeaders, url = "" } = raw;
  if (raw.httpVersionMajor !== 1) throw refusal("malformed-request", "HTTP/1.1 is spoken here");
  if (rawHeaders.length > 2 * MAX_HEADER_LINES) {
    throw refusal("headers-too-large", `more than ${MAX_HEADER_LINES} header lines`);
  }
  assertHost(raw);
  if (url.charCodeAt(0) !== SLASH) assertAuthority(url, raw.headers.host);
  if (url.length > 2 * MAX_QUERY_PARAMETERS && countParameters(url) > MAX_QUERY_PARAMETERS) {
    throw refusal("invalid-parameter", `more than ${MAX_QUERY_PARAMETERS} query parameters`);
  }
}

function refusal(code: ErrorCode, message: string): AppError {
  return new AppError(code, message, { headers: { Connection: "close" } });
}

function assertHost({ headers: { host }, rawHeaders, httpVersionMinor }: IncomingMessage): void {
  if (host === undefined && httpVersionMinor === 0) return;
  if (host !== undefined && isHost(host) && countHosts(rawHeaders) === 1) return;
  throw refusal("malformed-request", "Host must be given once, as a name or address with or without a port");
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}

/** The absolute form, `GET http://host/path`, has to be taken (RFC 9112, 3.2.2), but only where both hosts agree. */
function assertAuthority(url: string, host: string | undefined): void {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (authority !== undefined && authority.toLowerCase() === host?.toLowerCase()) return;
  throw refusal("malformed-request", "the request's target must be a path, or a URL of the host that Host names");
}

function countParameters(url: string): number {
  let count = 1;
  for (let at = url.indexOf("&"); at >= 0; at = url.indexOf("&", at + 1)) count += 1;
  return count;
}
