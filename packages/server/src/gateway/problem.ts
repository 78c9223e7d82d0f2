import { AppError, ERRORS, type ErrorCode } from "@breakwater/contract";
import type { FastifyError } from "fastify";
import type { Answer } from "../binding.ts";
import { isDatabaseLost, isDiskFull } from "../db/outage.ts";
import type { Exchange } from "./exchange.ts";
import { toValidationError } from "./steps/validate.ts";

/** Where each error is explained, by code: `type` of RFC 9457. */
const DOCS_PATH = "/docs/errors";

const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_CTP_EMPTY_JSON_BODY: "malformed-body",
  FST_ERR_CTP_INVALID_JSON_BODY: "malformed-body",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "malformed-body",
  FST_ERR_BAD_URL: "invalid-parameter",
};

/** What plugins and the router refuse by status alone; a path outside the served folder is told apart from none by nobody. */
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid-parameter",
  403: "not-found",
  404: "not-found",
  414: "invalid-parameter",
  416: "range-not-satisfiable",
};

/** PostgreSQL's words for a change that was undone because another one stood in its way: the same call may succeed. */
const UNDONE = /^(40P01|40001)$/;

/** Values that passed the schema and that PostgreSQL still cannot hold: NUL in a text, a number out of range, an odd form. */
const UNSTORABLE: Readonly<Record<string, string>> = {
  "22021": "a text holds a character that cannot be stored, e.g. NUL",
  "22P05": "a text holds a character that cannot be stored, e.g. NUL",
  "22003": "a number is out of range",
  "22P02": "a value has not the form of its kind",
  "22007": "a value has not the form of a time",
  "22008": "a time is out of range",
  "22009": "a time zone is out of range",
};

/**
 * The one funnel: whatever was thrown becomes an error of the catalogue. What is not known is `internal`, and its own
 * words stay in the log.
 */
export function toAppError(error: unknown, exchange: Exchange): AppError {
  if (error instanceof AppError) return error;
  const fastifyError = error as Partial<FastifyError> & { code?: string };
  if (fastifyError.validation) return toValidationError(fastifyError.validation, fastifyError.validationContext);
  // Node's word for a client that left while its body was read; PostgreSQL's connections know the same code.
  if (fastifyError.code === "ECONNRESET" && fastifyError.statusCode === 400) {
    return new AppError("malformed-body", "the body was broken off", { cause: error });
  }
  const code = FASTIFY_CODES[fastifyError.code ?? ""];
  if (code) return new AppError(code, toPublicMessage(code, exchange, fastifyError.message ?? ""), { cause: error });
  if (error instanceof SyntaxError)
    return new AppError("malformed-body", `the body is not JSON: ${error.message}`, { cause: error });
  const byStatus = STATUS_CODES[fastifyError.statusCode ?? 0];
  if (byStatus) return new AppError(byStatus, fastifyError.message ?? "this path cannot be served", { cause: error });
  const unstorable = UNSTORABLE[fastifyError.code ?? ""];
  if (unstorable) return new AppError("invalid-parameter", unstorable, { cause: error });
  if (UNDONE.test(fastifyError.code ?? "")) {
    return new AppError("unavailable", "another change stood in the way of this one, which was undone; try again", {
      cause: error,
      headers: { "Retry-After": "1" },
    });
  }
  if (isDiskFull(error)) {
    return new AppError("storage-full", "the server has no room left on its disk; nothing was kept of this call", {
      cause: error,
    });
  }
  if (isDatabaseLost(error)) {
    return new AppError("unavailable", "the database cannot be reached at the moment; try again shortly", {
      cause: error,
    });
  }
  return new AppError(
    "internal",
    `something went wrong here; the server's log tells more under request id ${exchange.id}`,
    {
      cause: error,
    },
  );
}

function toPublicMessage(code: ErrorCode, exchange: Exchange, own: string): string {
  const operation = exchange.route?.operation;
  if (code === "unsupported-media-type") {
    const wanted = operation?.body?.kind === "form" ? "application/x-www-form-urlencoded" : "application/json";
    const given = exchange.raw.headers["content-type"] ?? "none";
    return `Content-Type must be ${wanted}, not ${given}`;
  }
  if (code === "body-too-large") return `the body is larger than ${operation?.maxBodyBytes ?? 65_536} bytes`;
  return own;
}

/** The documented error body: `status`, `error`, `message`, and the RFC 9457 members beside them (platform.md 9). */
export function toProblem(error: AppError, exchange: Exchange): Answer {
  const { status, title } = ERRORS[error.code];
  const headers: Record<string, string> = { ...error.headers };
  if (status === 401) headers["WWW-Authenticate"] = "Bearer";
  // The two bodies that are documented; an API client's refusal is not.
  if (error.code === "not-authenticated" || error.code === "token-expired") {
    return { status, value: { status, error: title, message: error.message }, headers };
  }
  return { status, value: toProblemValue(error.code, error.message, exchange.id), headers };
}

export function toProblemValue(code: ErrorCode, message: string, requestId: string): Record<string, string | number> {
  const { status, title } = ERRORS[code];
  const base = { status, error: title, message };
  const instance = `urn:breakwater:request:${requestId}`;
  return { ...base, type: `${DOCS_PATH}#${code}`, title, detail: message, instance };
}

/** Empty, as documented; only who asks for problem details by name gets them (platform.md 4.1). */
export function toBlockedAnswer(exchange: Exchange): Answer {
  if (!exchange.raw.headers.accept?.toLowerCase().includes("application/problem+json")) {
    return { status: 429, empty: true };
  }
  const waitSec = exchange.limitHeaders?.find(([name]) => name === "Retry-After")?.[1];
  const message = `a limit of the subscription on ${exchange.route?.api} is reached; try again in ${waitSec} s`;
  const problem = toProblem(new AppError("too-many-requests", message), exchange);
  const text = JSON.stringify("value" in problem ? problem.value : {});
  return { status: 429, text, contentType: "application/problem+json" };
}
