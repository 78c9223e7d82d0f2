import type { Config } from "../../config/config.ts";

const HOST = /^(?:[a-z\d](?:[a-z\d.-]{0,253}[a-z\d])?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Where this installation is reached, without a slash at the end: the configured address, else what the request was sent
 * to. A Host header that cannot be one is not repeated.
 */
export function toBaseUrl(
  config: Pick<Config, "publicUrl" | "tls" | "host" | "port">,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string {
  if (config.publicUrl) return config.publicUrl;
  const scheme = config.tls ? "https" : "http";
  const { host } = headers;
  if (typeof host === "string" && HOST.test(host)) return `${scheme}://${host}`;
  const own = config.host.includes(":") ? `[${config.host}]` : config.host;
  return `${scheme}://${own}:${config.port}`;
}
