import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineOperation } from "@breakwater/contract";
import { bind } from "@breakwater/server/binding";
import { toConfig } from "@breakwater/server/config/config";
import { type Environment, readEnvironment } from "@breakwater/server/config/env";
import { buildGateway } from "@breakwater/server/gateway/index";
import { createMemoryLimiter, createSteadyClock } from "@breakwater/server/limits/index";
import { createAuthModule } from "@breakwater/server/modules/auth/index";
import { openLifecycle } from "@breakwater/server/modules/lifecycle/index";
import { prepareInstallation } from "@breakwater/server/modules/users/index";
import { createTestDatabase, startTestServer } from "@breakwater/testkit/database";
import fastify from "fastify";
import { sql } from "kysely";
import { pino } from "pino";

/**
 * The server side of the gateway bench, a process of its own: `bare` is Fastify with one route, `gateway` the product's
 * gateway with the same route behind token check, permission, both limits and the journal. Prints `URL` and `TOKEN`.
 */
const PATH = "/ot/1.0/host/count";
const ANSWER = {
  count: 19788,
  hosts: [
    { assetId: 1, name: "PLC-1", ipAddress: "192.0.2.1", risk: 512 },
    { assetId: 2, name: "PLC-2", ipAddress: "192.0.2.2", risk: 384 },
    { assetId: 3, name: "HMI-1", ipAddress: "192.0.2.9", risk: 12 },
  ],
};

const kind = process.argv[2];
if (kind === "bare") await serveBare();
else await serveGateway();
process.once("SIGTERM", () => process.exit(0));

async function serveBare(): Promise<void> {
  const app = fastify({ logger: false });
  app.get(PATH, async () => ANSWER);
  console.log(`${await app.listen({ host: "127.0.0.1", port: 0 })}${PATH} none`);
}

async function serveGateway(): Promise<void> {
  const server = await startTestServer();
  const database = await createTestDatabase({ address: server.address });
  const db = database.open();
  await prepareInstallation(db, { username: "bench", password: "bench-password-1" });
  // A window that never fills, and is never empty either: the limiter works as it does under load.
  await sql`
    UPDATE subscription
    SET service_level = 'Custom', rate_limit = 1000000, rate_window_sec = 1, concurrency_limit = 1000`.execute(
    db.write,
  );
  const operation = defineOperation({
    id: "ot.host.count",
    method: "GET",
    versions: { "1.0": PATH },
    summary: "Small answer",
    access: { permission: "VMDR OT.API.ACCESS" },
    responses: { 200: { description: "Small" } },
  });
  const journal = { path: join(mkdtempSync(join(tmpdir(), "breakwater-bench-")), "limits.journal") };
  const log = pino({ level: "info" }, pino.destination("/dev/null"));
  const auth = await createAuthModule({ db, clock: Date.now, log });
  const gateway = await buildGateway({
    config: toConfig({ ...readEnvironment({}), port: "0" } satisfies Environment),
    bindings: [...auth.bindings, bind(operation, async () => ({ value: ANSWER }))],
    db,
    limiter: createMemoryLimiter({ clock: createSteadyClock(), journal }),
    lifecycle: { ...(await openLifecycle({ db, clock: Date.now, log })), profile: "lenient" },
    authenticate: auth.authenticate,
    clock: Date.now,
    log,
    system: { version: "0.0.0", isReady: async () => true },
  });
  const url = await gateway.listen({ host: "127.0.0.1", port: 0 });
  const login = await fetch(`${url}/auth`, {
    method: "POST",
    body: new URLSearchParams({ username: "bench", password: "bench-password-1", token: "true" }),
  });
  console.log(`${url}${PATH} ${await login.text()}`);
}
