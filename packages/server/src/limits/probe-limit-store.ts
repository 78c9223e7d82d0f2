import { Valkey } from "iovalkey";
import { toStoreUrl } from "./store-url.ts";

/**
 * Says hello to the shared store once and changes nothing there.
 *
 * @param url as `BREAKWATER_VALKEY_URL`
 * @returns what it calls itself, e.g. `valkey 8.1.1`
 * @throws the client's error when it cannot be reached or does not let in
 */
export async function probeLimitStore(url: string, timeoutMs: number): Promise<string> {
  const client = new Valkey(toStoreUrl(url), {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // What goes wrong on the way says more than that the connection is closed.
  let cause: unknown;
  client.on("error", (error) => {
    cause ??= error;
  });
  try {
    await client.connect();
    const text = await client.info("server");
    const member = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(text)?.[1];
    return `${member("server_name") ?? "redis"} ${member("valkey_version") ?? member("redis_version") ?? ""}`.trim();
  } catch (error) {
    throw cause ?? error;
  } finally {
    client.disconnect();
  }
}
