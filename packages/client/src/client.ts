import {
  authOidcCreate,
  authTokenCreate,
  type BodyOf,
  type Operation,
  type ParamsOf,
  type QueryOf,
  type ResultOf,
} from "@breakwater/contract";
import { ApiError, toApiError, toRedirectError } from "./api-error.ts";
import { toBaseUrl } from "./platforms.ts";
import { isRepeatable, toInit, toUrl } from "./request.ts";
import { createTokenSource } from "./token-source.ts";
import { createAllowance, delay, type LimitPatience } from "./waiting.ts";

/**
 * Where to and as whom: with user name and password, with the pair of an API client, or with a token from elsewhere.
 * With credentials the client logs in by itself, and again when its token ends; with a token alone it does not.
 */
export type ClientOptions = {
  /** Base URL, e.g. `http://127.0.0.1:8080`, of any server that speaks the same contract; or a platform's name: `EU1`. */
  url: string;
  username?: string;
  password?: string;
  clientId?: string;
  clientSecret?: string;
  /** A token from elsewhere, used before any log-in. */
  token?: string;
  /** Whether a call that is refused by a limit (429) waits as long as the server says and is made again. Default: no. */
  waitForLimits?: LimitPatience;
};

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Input of one call; only what its operation declares. */
export type CallOptions<T extends Operation> = {
  params?: ParamsOf<T>;
  query?: QueryOf<T>;
  body?: BodyOf<T>;
  /**
   * Body of an operation that takes a stream. A `Blob`, as from `fs.openAsBlob`, streams with a content-length and can
   * be sent again; a call with a `ReadableStream` is made once.
   */
  payload?: ReadableStream<Uint8Array> | Uint8Array | Blob;
  headers?: Record<string, string>;
  /** Default: the newest version of the operation. */
  version?: string;
  signal?: AbortSignal;
};

/** An answer with a status below 400. */
export type CallResult<T extends Operation = Operation> = {
  status: number;
  headers: Headers;
  /** The `count` header, where the operation has one. */
  count: number | undefined;
  json<R = ResultOf<T>>(): Promise<R>;
  text(): Promise<string>;
  body: ReadableStream<Uint8Array> | null;
};

export type Client = {
  /** The base URL, also where a platform's name was given. */
  readonly url: string;
  /** Logs in and keeps the token for the calls that follow; logs in again when called again. */
  login(): Promise<string>;
  /**
   * One call, with the token of {@link Client.login}, which it asks for when there is none, and once more when the
   * server says that it has expired. Calls at the same time share one log-in.
   *
   * @throws ApiError for an answer of 400 or above and for a redirect, which is not followed; TypeError when the server cannot be reached
   */
  call<T extends Operation>(operation: T, options?: CallOptions<T>): Promise<CallResult<T>>;
};

/**
 * A client over fetch, typed by the operations of the contract.
 *
 * @throws RangeError when `url` is neither a URL nor a platform's name
 */
export function createClient(options: ClientOptions): Client {
  const url = toBaseUrl(options.url);
  const tokens = createTokenSource(options.token, toLogIn(url, options));

  return {
    url,
    login: tokens.login,
    async call(operation, input = {}) {
      const { signal } = input;
      const nextWaitMs = createAllowance(options.waitForLimits ?? false);
      for (let isRenewed = false; ; ) {
        const token = operation.access === "public" ? undefined : await tokens.current(signal);
        try {
          return await send(url, operation, input, token);
        } catch (error) {
          if (!(error instanceof ApiError) || !isRepeatable(input as CallOptions<Operation>)) throw error;
          if (error.isTokenExpired && !isRenewed && (await tokens.renew(token, signal))) {
            isRenewed = true;
            continue;
          }
          const waitMs = nextWaitMs(error);
          if (waitMs === undefined) throw error;
          await delay(waitMs, signal);
        }
      }
    },
  };
}

async function send<T extends Operation>(
  base: string,
  operation: T,
  options: CallOptions<T>,
  token: string | undefined,
): Promise<CallResult<T>> {
  const input = options as CallOptions<Operation>;
  // Followed by hand or not at all: a redirect would take log-ins, secrets and tokens to whoever it names.
  const response = await fetch(toUrl(base, operation, input), {
    ...toInit(operation, input, token),
    redirect: "manual",
  });
  if (REDIRECTS.has(response.status)) throw await toRedirectError(response);
  if (response.status >= 400) throw await toApiError(response);
  const count = response.headers.get("count");
  return {
    status: response.status,
    headers: response.headers,
    count: count === null ? undefined : Number(count),
    json: <R>() => response.json() as Promise<R>,
    text: () => response.text(),
    body: response.body as ReadableStream<Uint8Array> | null,
  };
}

function toLogIn(url: string, options: ClientOptions): (() => Promise<string>) | undefined {
  const { username, password, clientId, clientSecret } = options;
  if (clientId !== undefined && clientSecret !== undefined) {
    const headers = { clientId, clientSecret };
    const body = { permissions: "true" };
    return async () => (await send(url, authOidcCreate, { headers, body }, undefined)).text();
  }
  if (username !== undefined && password !== undefined) {
    const body = { username, password, token: "true", permissions: "true" };
    return async () => (await send(url, authTokenCreate, { body }, undefined)).text();
  }
  return undefined;
}
