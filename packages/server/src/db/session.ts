import type pg from "pg";
import { columnTypes } from "./column-types.ts";
import type { DatabaseOptions } from "./pool.ts";

/** How a session is opened, of a pool or alone: a thread needs no more than that. */
export function toClientConfig(options: DatabaseOptions): pg.ClientConfig & { options: string } {
  const { connection, applicationName = "breakwater", connectTimeoutMs = 10_000 } = options;
  return {
    ...(typeof connection === "string" ? { connectionString: connection } : connection),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    options: "-c timezone=UTC",
    types: columnTypes,
  };
}
