import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp, createLogger, toConfig } from "@breakwater/server";
import { readEnvironment } from "@breakwater/server/config/env";
import { createTestDatabase, startTestServer } from "@breakwater/testkit/database";
import { sql } from "kysely";

/** The whole product behind a trusted proxy on loopback, a process of its own. Prints its URL and a token; ends on SIGTERM. */
const LOGIN = { username: "bench", password: "bench-password-1" };

const server = await startTestServer();
const database = await createTestDatabase({ address: server.address });
const db = database.open();
const config = toConfig({
  ...readEnvironment({}),
  dataDir: mkdtempSync(join(tmpdir(), "breakwater-bench-")),
  trustedProxies: "127.0.0.1",
  adminUsername: LOGIN.username,
  adminPassword: LOGIN.password,
});
const app = await createApp({ config, db, log: createLogger("error") });
await sql`
  UPDATE subscription
  SET service_level = 'Custom', rate_limit = 1000000, rate_window_sec = 1, concurrency_limit = 1000`.execute(db.write);
const url = await app.gateway.listen({ host: "127.0.0.1", port: 0 });
const login = await fetch(`${url}/auth`, { method: "POST", body: new URLSearchParams(LOGIN) });
console.log(`${url} ${await login.text()}`);
process.once("SIGTERM", () => process.exit(0));
