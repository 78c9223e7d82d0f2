/**
 * Every error the API can answer with: one catalogue, from which the problem bodies and the reference page are made.
 * `message` of a thrown error may add what, where and what to do; code, status and title never change.
 */
export const ERRORS = {
  "not-authenticated": {
    status: 401,
    title: "Unauthorized",
    when: "No bearer token, or one that was not issued here, was altered or was withdrawn.",
  },
  "token-expired": { status: 401, title: "Unauthorized", when: "The token's four hours are over; log in again." },
  "invalid-client": {
    status: 401,
    title: "Unauthorized",
    when: "No API client has this clientId and clientSecret, or it is revoked or expired, or its user may not call.",
  },
  "permission-required": {
    status: 403,
    title: "Forbidden",
    when: "The caller's role lacks the permission named in the message.",
  },
  "not-found": { status: 404, title: "Not Found", when: "No such path, or no such object in the caller's scope." },
  "method-not-allowed": {
    status: 405,
    title: "Method Not Allowed",
    when: "The path exists with another method; see the Allow header.",
  },
  "invalid-parameter": {
    status: 400,
    title: "Bad Request",
    when: "A path, query or body member has the wrong form; the message names it.",
  },
  "invalid-query": {
    status: 400,
    title: "Bad Request",
    when: "A query (filter, findingsQql, assetQql, rule) cannot be read; the message gives position and the nearest token.",
  },
  "invalid-sort": {
    status: 400,
    title: "Bad Request",
    when: "The sort parameter cannot be read or names a token that cannot be sorted by.",
  },
  "malformed-request": {
    status: 400,
    title: "Bad Request",
    when: "What was sent is not HTTP/1.1 as the server reads it, e.g. a head with two lengths, or plain HTTP on an HTTPS port.",
  },
  "malformed-body": {
    status: 400,
    title: "Bad Request",
    when: "The body is not what its Content-Type says, or is missing.",
  },
  "token-declined": {
    status: 400,
    title: "Bad Request",
    when: "POST /auth with token=false: there is nothing else to answer with.",
  },
  "request-timeout": {
    status: 408,
    title: "Request Timeout",
    when: "The request, or the rest of its body, did not arrive in the time that the message names.",
  },
  conflict: { status: 409, title: "Conflict", when: "The object exists already, or is in use." },
  "report-not-ready": { status: 409, title: "Conflict", when: "The report is not complete yet; ask for its status." },
  "report-gone": {
    status: 410,
    title: "Gone",
    when: "The report failed, was cancelled or has expired; the message says which.",
  },
  "operation-retired": {
    status: 410,
    title: "Gone",
    when: "This version of the operation has reached its end of life; the message names the successor.",
  },
  "body-too-large": {
    status: 413,
    title: "Payload Too Large",
    when: "The body is larger than the operation's limit, which the message names.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported Media Type",
    when: "The operation does not read this Content-Type; the message names those it reads.",
  },
  "range-not-satisfiable": {
    status: 416,
    title: "Range Not Satisfiable",
    when: "The Range header asks for bytes the file does not have.",
  },
  "expectation-failed": {
    status: 417,
    title: "Expectation Failed",
    when: "The Expect header asks for something other than 100-continue.",
  },
  "too-many-requests": {
    status: 429,
    title: "Too Many Requests",
    when: "A rate or concurrency limit of the subscription, or the log-in guard.",
  },
  "headers-too-large": {
    status: 431,
    title: "Request Header Fields Too Large",
    when: "Request line and headers together exceed 16 KiB, or there are more than 100 header lines.",
  },
  internal: {
    status: 500,
    title: "Internal Server Error",
    when: "A defect of the server; the message shows the request id to look for in its log.",
  },
  unavailable: {
    status: 503,
    title: "Service Unavailable",
    when: "The server is starting or stopping, its database cannot be reached, or a change was undone for another one.",
  },
  "storage-full": {
    status: 507,
    title: "Insufficient Storage",
    when: "The disk of the server, or of its database, is full; nothing was kept of the call.",
  },
} as const satisfies Record<string, { status: number; title: string; when: string }>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error that services throw. `message` is public. `cause` is for the log only.
 *
 * @example throw new AppError("not-found", "there is no report 4711 in your scope");
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; headers?: Record<string, string> } = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
