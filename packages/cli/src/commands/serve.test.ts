import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, ingestImportCreate } from "@breakwater/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type CliProcess,
  createSandbox,
  isAlive,
  runCli,
  type Sandbox,
  seriousLines,
  startCli,
} from "../testing/cli-process.fixture.ts";

const READY = /is ready at/;
const serveArgs = (dataDir: string) => ["serve", "--port", "0", "--data-dir", dataDir, "--log-level", "warn"];

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

function findDatabasePid(dataDir: string): number {
  return Number(readFileSync(join(sandbox.dir, dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
}

async function urlOf(server: CliProcess): Promise<string> {
  return /http:\S+/.exec(await server.line(READY))?.[0] ?? "";
}

test("the life of an installation: password once, one server per directory, warm restart, backup and restore", async () => {
  const first = startCli(sandbox, serveArgs("data"));
  const firstUrl = await urlOf(first);
  expect((await fetch(`${firstUrl}/health/ready`)).status).toBe(200);
  await first.line(/^Its password/);
  const password = /shown this once: (\S+)/.exec(first.stdout())?.[1] ?? "";
  expect(password).toMatch(/^\w{20}$/);
  const login = await runCli(sandbox, ["login", "--url", firstUrl, "--username", "admin", "--password", password]);
  expect(login).toMatchObject({ code: 0, stderr: "" });

  const early = await runCli(sandbox, ["backup", "early.backup", "--data-dir", "data"]);
  expect(early).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(`pid ${first.pid}`) });
  expect(existsSync(join(sandbox.dir, "early.backup"))).toBe(false);

  const databasePid = findDatabasePid("data");
  expect(isAlive(databasePid)).toBe(true);
  const stopped = await first.stopGroup("SIGTERM");
  expect({ code: stopped.code, serious: seriousLines(stopped.stderr) }).toEqual({ code: 0, serious: [] });
  expect(isAlive(databasePid)).toBe(false);
  expect(existsSync(join(sandbox.dir, "data", "postgres", "postmaster.pid"))).toBe(false);

  const second = startCli(sandbox, serveArgs("data"));
  const secondUrl = await urlOf(second);
  const again = await runCli(sandbox, ["user", "list", "--output", "json"], {
    BREAKWATER_URL: secondUrl,
    BREAKWATER_USERNAME: "admin",
    BREAKWATER_PASSWORD: password,
  });
  expect(JSON.parse(again.stdout)).toMatchObject([{ username: "admin", role: "Manager", hasFullScope: true }]);
  const interrupted = await second.stopGroup("SIGINT");
  expect({ code: interrupted.code, serious: seriousLines(interrupted.stderr) }).toEqual({ code: 0, serious: [] });
  expect(interrupted.stdout).not.toMatch(/password|First start/i);

  const backup = await runCli(sandbox, ["backup", "all.backup", "--data-dir", "data", "--output", "json"]);
  expect(backup).toMatchObject({ code: 0, stderr: "" });
  expect(statSync(join(sandbox.dir, "all.backup")).mode & 0o777).toBe(0o600);
  const restored = await runCli(sandbox, ["restore", "all.backup", "--data-dir", "copy", "--output", "json"]);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(restored.stdout).rows).toBe(JSON.parse(backup.stdout).rows);
  const refused = await runCli(sandbox, ["restore", "all.backup", "--data-dir", "copy"]);
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("already holds rows") });

  const copy = startCli(sandbox, [...serveArgs("copy"), "--output", "json"]);
  const event = JSON.parse(await copy.line(/"ready"/));
  expect(event).toEqual({
    event: "ready",
    version: expect.any(String),
    url: expect.any(String),
    dataDir: join(sandbox.dir, "copy"),
  });
  const copied = await runCli(sandbox, [
    "tag",
    "list",
    "--url",
    event.url,
    "--username",
    "admin",
    "--password",
    password,
  ]);
  expect(copied.code).toBe(0);
  expect((await copy.stopGroup("SIGTERM")).code).toBe(0);
});

test("a stop during the start ends in order with exit code 0", async () => {
  const server = startCli(sandbox, [...serveArgs("young").slice(0, -1), "debug"]);
  while (!existsSync(join(sandbox.dir, "young"))) await delay(10);
  expect(await server.stopGroup("SIGTERM")).toMatchObject({ code: 0, stdout: "" });
  expect(existsSync(join(sandbox.dir, "young", "postgres", "postmaster.pid"))).toBe(false);
});

test("a stop does not wait for an upload that stalls", async () => {
  const credentials = { BREAKWATER_ADMIN_USERNAME: "boss", BREAKWATER_ADMIN_PASSWORD: "Correct-horse-7-battery" };
  const server = startCli(sandbox, serveArgs("stalled"), credentials);
  const url = await urlOf(server);
  const client = createClient({ url, username: "boss", password: credentials.BREAKWATER_ADMIN_PASSWORD });
  let isUploading: () => void = () => undefined;
  const uploading = new Promise<void>((resolve) => {
    isUploading = resolve;
  });
  // Gives a few bytes and then never another: asked for more, they have been taken.
  const payload = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from('<?xml version="1.0"?>')),
    pull: () => isUploading(),
  });
  const upload = client.call(ingestImportCreate, { payload }).catch((error: unknown) => error);
  await uploading;
  expect((await server.stopGroup("SIGTERM")).code).toBe(0);
  expect(await upload).toBeInstanceOf(Error);
});
