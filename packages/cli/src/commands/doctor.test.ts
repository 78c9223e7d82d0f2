import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { MANAGER } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../doctor/check.ts";
import { createSandbox, type Sandbox, startCli } from "../testing/cli-process.fixture.ts";
import { runMain } from "../testing/run-main.fixture.ts";

let sandbox: Sandbox;
let database: TestDatabase;
beforeAll(async () => {
  [sandbox, database] = await Promise.all([createSandbox(), createTestDatabase()]);
});
afterAll(async () => {
  await database?.drop();
  await sandbox?.remove();
});

/** What doctor finds, by the name of the check. */
async function examine(args: string[], env: Record<string, string> = {}) {
  const dir = ["--data-dir", join(sandbox.dir, "data")];
  const { code, stdout, stderr } = await runMain(sandbox, ["doctor", "--output", "json", ...dir, ...args], env);
  const findings = JSON.parse(stdout) as Finding[];
  return { code, stderr, found: Object.fromEntries(findings.map((finding) => [finding.check, finding])) };
}

test("before the first start nothing is wrong, and nothing is made", async () => {
  const { code, stderr, found } = await examine(["--port", "1"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(found).toMatchObject({
    Node: { status: "ok" },
    "data directory": { status: "ok", found: expect.stringContaining("not there yet") },
    database: { status: "skipped", found: expect.stringContaining("the first start makes it") },
    schema: { status: "skipped" },
    "shared limits": { status: "skipped" },
    port: { status: "ok", found: "127.0.0.1 port 1 is free" },
    "TLS certificate": { status: "skipped" },
  });
  expect(existsSync(join(sandbox.dir, "data"))).toBe(false);
});

test("a server that runs on an embedded database is found in order, beside it", async () => {
  const env = { BREAKWATER_ADMIN_USERNAME: MANAGER.username, BREAKWATER_ADMIN_PASSWORD: MANAGER.password };
  const flags = ["--data-dir", "data", "--tls-self-signed"];
  const server = startCli(sandbox, ["serve", "--port", "0", "--output", "json", "--log-level", "warn", ...flags], env);
  const { url } = JSON.parse(await server.line(/"ready"/));
  const { port } = new URL(url);
  const { code, found } = await examine(["--port", port, "--tls-self-signed"]);
  expect({ code, found }).toMatchObject({
    code: 0,
    found: {
      "data directory": { status: "ok", found: expect.stringContaining("writable") },
      database: { status: "ok", found: expect.stringMatching(/^the embedded PostgreSQL \d+\.\d+ answers$/) },
      schema: { status: "ok" },
      clock: { status: "ok" },
      port: { status: "ok", found: expect.stringContaining("is ready") },
      "TLS certificate": { status: "ok", found: expect.stringContaining("renewed by itself") },
    },
  });
  expect((await server.stopGroup("SIGTERM")).code).toBe(0);
  const stopped = await examine(["--port", port]);
  expect(stopped.found.database).toMatchObject({ status: "skipped", found: expect.stringContaining("does not run") });
});

test("what cannot be reached or read fails, with what to do, and exit code 1", async () => {
  writeFileSync(join(sandbox.dir, "a-file"), "");
  const refused = "127.0.0.1:1";
  const { code, stderr, found } = await examine(
    ["--data-dir", join(sandbox.dir, "a-file"), "--tls-cert", "/dev/null", "--tls-key", "/missing"],
    { DATABASE_URL: `postgresql://x:y@${refused}/z`, BREAKWATER_VALKEY_URL: `redis://${refused}` },
  );
  const failed = ["data directory", "database", "shared limits", "TLS certificate"];
  expect({ code, stderr }).toEqual({ code: 1, stderr: `breakwater: not in order: ${failed.join(", ")}\n` });
  for (const name of failed) expect(found[name]).toMatchObject({ status: "failed", todo: expect.stringMatching(/\w/) });
  expect(JSON.stringify(found)).not.toContain("x:y");
});

test("a database of another release fails, one that waits for this release is a warning", async () => {
  const env = { DATABASE_URL: database.url };
  expect((await examine([], env)).found.schema).toMatchObject({ status: "ok" });
  const client = await database.open().connect();
  await client.query("UPDATE schema_migration SET checksum = 'other' WHERE number = 1");
  expect((await examine([], env)).found).toMatchObject({
    database: { status: "ok" },
    schema: { status: "failed", found: expect.stringContaining("0001-") },
  });
  await client.query("UPDATE schema_migration SET applied_at = now() + interval '1 day'");
  expect((await examine([], env)).found.clock).toMatchObject({
    status: "failed",
    todo: expect.stringContaining("clock"),
  });
  await client.query("DELETE FROM schema_migration");
  expect((await examine([], env)).found.schema).toMatchObject({ status: "warning" });
  await client.end();
});

test("a port that something else holds fails, and one of a Breakwater that is not ready too", async () => {
  let body = "hello";
  const other = createServer((_request, response) => response.end(body)).listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const port = String((other.address() as AddressInfo).port);
  expect((await examine(["--port", port])).found.port).toMatchObject({
    status: "failed",
    todo: expect.stringContaining("--port"),
  });
  body = '{"status":"not ready"}';
  expect((await examine(["--port", port])).found.port).toMatchObject({ found: expect.stringContaining("not ready") });
  other.close();
});
