import type { Operation } from "@breakwater/contract";
import type { CallOptions } from "./client.ts";

/**
 * Where a call goes.
 *
 * @throws RangeError for a version that the operation does not have, and for a path parameter that is missing
 */
export function toUrl(base: string, operation: Operation, input: CallOptions<Operation>): URL {
  const versions = Object.keys(operation.versions);
  const version = input.version ?? versions.at(-1) ?? "";
  const template = operation.versions[version];
  if (template === undefined)
    throw new RangeError(`${operation.id} has no version ${version}; it has ${versions.join(", ")}`);
  const params = (input.params ?? {}) as Record<string, unknown>;
  const path = template.replaceAll(/:(\w+)/g, (_match, name: string) => {
    // An empty segment would be another path.
    if (params[name] === undefined || params[name] === "") throw new RangeError(`${operation.id} needs ${name}`);
    return encodeURIComponent(String(params[name]));
  });
  const url = new URL(base.replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** Method, headers and body of a call. */
export function toInit(operation: Operation, input: CallOptions<Operation>, token: string | undefined): RequestInit {
  const headers: Record<string, string> = { accept: "application/json, */*", ...input.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const init: RequestInit & { duplex?: "half" } = { method: operation.method, headers };
  if (input.signal) init.signal = input.signal;
  if (input.payload) {
    headers["content-type"] ??= "application/octet-stream";
    init.body = input.payload as NonNullable<RequestInit["body"]>;
    init.duplex = "half";
  } else if (operation.body?.kind === "form") {
    init.body = new URLSearchParams((input.body ?? {}) as unknown as Record<string, string>);
  } else if (input.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(input.body);
  }
  return init;
}

/** Whether the same call can be sent again: a stream has been read by then. */
export function isRepeatable(input: CallOptions<Operation>): boolean {
  return !(input.payload instanceof ReadableStream);
}
