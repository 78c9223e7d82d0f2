/** A refused call: the status and the message that the server gave. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Headers;
  /** Of the error reference, e.g. `invalid-query`; undefined where the server does not say one. */
  readonly code: string | undefined;

  constructor(status: number, message: string, headers: Headers, code?: string) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.code = code;
  }

  /** Seconds until the server would take the call, where it refused for a limit and says so. */
  get retryAfterSec(): number | undefined {
    if (this.status !== 429) return undefined;
    // The documented service sends only the second.
    const text = this.headers.get("retry-after") ?? this.headers.get("x-ratelimit-towait-sec") ?? "";
    return /^\d+$/.test(text) ? Number(text) : undefined;
  }

  /** The token was good and its four hours are over: the text is documented, so clients go by it. */
  get isTokenExpired(): boolean {
    return this.status === 401 && this.message === "JWT expired";
  }
}

/** Reads an answer of 400 or above to its end. */
export async function toApiError(response: Response): Promise<ApiError> {
  const text = await response.text();
  const error = new ApiError(response.status, toMessage(response, text), response.headers, readCode(text));
  if (error.status !== 429 || text !== "") return error;
  const wait = error.retryAfterSec === undefined ? "later" : `in ${error.retryAfterSec} s`;
  return new ApiError(429, `too many calls; try again ${wait}`, response.headers);
}

/** What is said of a redirect: where it leads is for the caller to judge. */
export async function toRedirectError(response: Response): Promise<ApiError> {
  await response.body?.cancel();
  const location = response.headers.get("location");
  const target = location === null ? "elsewhere" : (URL.parse(location, response.url)?.href ?? location);
  const message = `the server redirects to ${target}, which is not followed; if that is right, use it as the URL`;
  return new ApiError(response.status, message, response.headers);
}

function toMessage(response: Response, text: string): string {
  if (response.status === 401 && text.includes("authentication_exceptions")) return "wrong user name or password";
  if (response.status === 401 && text.includes("Invalid Client ID")) return "wrong client id or client secret";
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not every server in between answers in JSON.
  }
  return text.slice(0, 500) || `HTTP ${response.status}`;
}

/** `type` of RFC 9457, which leads to the error's row in the reference. */
function readCode(text: string): string | undefined {
  try {
    const { type } = JSON.parse(text) as { type?: unknown };
    return typeof type === "string" ? /#([a-z-]+)$/.exec(type)?.[1] : undefined;
  } catch {
    return undefined;
  }
}
