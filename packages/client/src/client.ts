import { authTokenCreate, type BodyOf, type Operation, type ParamsOf, type QueryOf } from "@breakwater/contract";

export type ClientOptions = {
  /** Base URL, e.g. `http://127.0.0.1:8080`; any server that speaks the same contract. */
  url: string;
  username?: string;
  password?: string;
  /** A token from elsewhere; then no user name and password are needed. */
  token?: string;
};

/** Input of one call; only what its operation declares. */
export type CallOptions<T extends Operation> = {
  params?: ParamsOf<T>;
  query?: QueryOf<T>;
  body?: BodyOf<T>;
  /** Body of an operation that takes a stream. A `Blob`, as from `fs.openAsBlob`, streams with a content-length. */
  payload?: ReadableStream<Uint8Array> | Uint8Array | Blob;
  headers?: Record<string, string>;
  /** Default: the newest version of the operation. */
  version?: string;
  signal?: AbortSignal;
};

/** An answer with a status below 400. */
export type CallResult = {
  status: number;
  headers: Headers;
  /** The `count` header, where the operation has one. */
  count: number | undefined;
  json<T>(): Promise<T>;
  text(): Promise<string>;
  body: ReadableStream<Uint8Array> | null;
};

/** A refused call: the status and the message that the server gave. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly headers: Headers;

  constructor(status: number, message: string, headers: Headers) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export type Client = {
  /** Logs in with user name and password and keeps the token for the calls that follow. */
  login(): Promise<string>;
  /**
   * One call, with the token of {@link Client.login}, which it asks for when there is none yet.
   *
   * @throws ApiError for an answer of 400 or above; TypeError when the server cannot be reached
   */
  call<T extends Operation>(operation: T, options?: CallOptions<T>): Promise<CallResult>;
};

/** A client over fetch, typed by the operations of the contract. */
export function createClient(options: ClientOptions): Client {
  let token = options.token;

  const send = async (operation: Operation, input: CallOptions<Operation>): Promise<CallResult> => {
    const response = await fetch(toUrl(options.url, operation, input), {
      method: operation.method,
      ...toInit(operation, input, operation.access === "public" ? undefined : token),
    });
    if (response.status >= 400) throw await toApiError(response);
    const count = response.headers.get("count");
    return {
      status: response.status,
      headers: response.headers,
      count: count === null ? undefined : Number(count),
      json: <T>() => response.json() as Promise<T>,
      text: () => response.text(),
      body: response.body as ReadableStream<Uint8Array> | null,
    };
  };

  const login = async () => {
    const { username = "", password = "" } = options;
    const answer = await send(authTokenCreate, {
      body: { username, password, token: "true", permissions: "true" } as never,
    });
    token = await answer.text();
    return token;
  };

  return {
    login,
    async call(operation, input = {}) {
      if (operation.access !== "public" && token === undefined) await login();
      return send(operation, input as CallOptions<Operation>);
    },
  };
}

function toUrl(base: string, operation: Operation, input: CallOptions<Operation>): URL {
  const versions = Object.keys(operation.versions);
  const version = input.version ?? versions.at(-1) ?? "";
  const template = operation.versions[version];
  if (template === undefined)
    throw new RangeError(`${operation.id} has no version ${version}; it has ${versions.join(", ")}`);
  const params = (input.params ?? {}) as Record<string, string>;
  const path = template.replaceAll(/:(\w+)/g, (_match, name: string) => encodeURIComponent(params[name] ?? ""));
  const url = new URL(base.replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function toInit(operation: Operation, input: CallOptions<Operation>, token: string | undefined): RequestInit {
  const headers: Record<string, string> = { accept: "application/json, */*", ...input.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const init: RequestInit & { duplex?: "half" } = { headers };
  if (input.signal) init.signal = input.signal;
  if (input.payload) {
    headers["content-type"] ??= "application/octet-stream";
    init.body = input.payload as NonNullable<RequestInit["body"]>;
    init.duplex = "half";
  } else if (operation.body?.kind === "form") {
    init.body = new URLSearchParams(input.body as unknown as Record<string, string>);
  } else if (input.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(input.body);
  }
  return init;
}

async function toApiError(response: Response): Promise<ApiError> {
  const text = await response.text();
  return new ApiError(response.status, toMessage(response, text), response.headers);
}

function toMessage(response: Response, text: string): string {
  if (response.status === 401 && text.includes("authentication_exceptions")) return "wrong user name or password";
  if (response.status === 429) return `too many calls; try again in ${response.headers.get("retry-after") ?? "some"} s`;
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // Not every server in between answers in JSON.
  }
  return text.slice(0, 500) || `HTTP ${response.status}`;
}
