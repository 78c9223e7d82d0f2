import type { Login, Target } from "./target.ts";

export type CallOptions = {
  token?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: string | Uint8Array;
};

/** One request; redirects are not followed. */
export function call(target: Target, method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const { token, json, body } = options;
  const headers: Record<string, string> = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(json === undefined ? {} : { "content-type": "application/json" }),
    ...options.headers,
  };
  const sent = json === undefined ? body : JSON.stringify(json);
  return fetch(target.url + path, {
    method,
    headers,
    redirect: "manual",
    ...(sent === undefined ? {} : { body: typeof sent === "string" ? sent : new Uint8Array(sent) }),
  });
}

export function get(target: Target, path: string, token?: string, headers?: Record<string, string>): Promise<Response> {
  return call(target, "GET", path, { ...(token ? { token } : {}), ...(headers ? { headers } : {}) });
}

/** `POST /auth` with a form as text. */
export function postAuth(target: Target, form: string): Promise<Response> {
  return call(target, "POST", "/auth", {
    body: form,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
}

/** A token for the Manager, or for somebody else. */
export async function logIn(target: Target, login: Login = target.manager): Promise<string> {
  const response = await postAuth(target, new URLSearchParams({ ...login, token: "true" }).toString());
  if (response.status !== 201) throw new Error(`log-in answered ${response.status}: ${await response.text()}`);
  return response.text();
}

/** The JSON body of an answer that must have this status. */
export async function bodyOf<T = Record<string, unknown>>(response: Response, status = 200): Promise<T> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`answered ${response.status}, not ${status}: ${text.slice(0, 2000)}`);
  return JSON.parse(text) as T;
}

/** No limit of the manager's own subscription that a test could meet. */
export async function liftLimits(target: Target, token: string): Promise<void> {
  const json = { rate: { calls: 1_000_000, windowSec: 3600 }, concurrency: 100 };
  await bodyOf(await call(target, "PUT", "/admin/1.0/limit/set", { token, json }));
}

/** A query string, with every value encoded. */
export function query(parameters: Record<string, string | number>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value));
  return `?${search}`;
}
