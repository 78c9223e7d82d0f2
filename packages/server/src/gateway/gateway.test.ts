import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { defineOperation, type Operation } from "@breakwater/contract";
import type { LifecycleEntry } from "@breakwater/domain/lifecycle/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { pino } from "pino";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bind } from "../binding.ts";
import type { Caller } from "../caller.ts";
import { toConfig } from "../config/config.ts";
import type { Environment } from "../config/env.ts";
import type { Database } from "../db/index.ts";
import { createMemoryLimiter } from "../limits/index.ts";
import { notAuthenticated } from "../modules/auth/index.ts";
import { buildGateway } from "./index.ts";

/** Operations made for these tests: the gateway knows no product operation by name. */
const echo = defineOperation({
  id: "test.thing.list",
  method: "GET",
  versions: { v1: "/test/v1/thing/list", "1.0": "/test/1.0/thing/list" },
  summary: "Answers what it was asked",
  access: { permission: "ETM API Access" },
  query: Type.Object({ size: Type.Optional(Type.Integer({ minimum: 0 })), text: Type.Optional(Type.String()) }),
  responses: { 200: { description: "The query" } },
  hasCountHeader: true,
});
const wait = defineOperation({
  id: "test.thing.wait",
  method: "POST",
  versions: { "1.0": "/test/1.0/thing/wait" },
  summary: "Answers when the test lets it",
  access: { permission: "ETM API Access" },
  body: { kind: "json", schema: Type.Object({ name: Type.String() }) },
  responses: { 201: { description: "Done" } },
});
const admin = defineOperation({
  id: "test.thing.admin",
  method: "GET",
  versions: { "1.0": "/test/1.0/thing/admin" },
  summary: "Needs what the caller does not have",
  access: { permission: "Audit Log Access" },
  responses: { 200: { description: "Never" } },
});
const fail = defineOperation({
  id: "test.thing.fail",
  method: "GET",
  versions: { "1.0": "/test/1.0/thing/fail" },
  summary: "Throws",
  access: { permission: "ETM API Access" },
  responses: { 200: { description: "Never" } },
});

const act = defineOperation({
  id: "test.thing.act",
  method: "POST",
  versions: { "1.0": "/test/1.0/thing/act" },
  summary: "Has no body",
  access: { permission: "ETM API Access" },
  responses: { 200: { description: "Done" } },
});
const ask = defineOperation({
  id: "test.thing.ask",
  method: "POST",
  versions: { "1.0": "/test/1.0/thing/ask" },
  summary: "May have a body",
  access: { permission: "ETM API Access" },
  body: { kind: "form", isOptional: true, schema: Type.Object({}) },
  responses: { 200: { description: "Done" } },
});

const retired: LifecycleEntry = {
  api: "GET /test/v1/thing/list",
  deprecatedAt: null,
  eosAt: Date.UTC(2025, 0, 1),
  eolAt: Date.UTC(2026, 0, 1),
  successor: "/test/1.0/thing/list",
  lenientState: null,
};

let database: TestDatabase;
let db: Database;
let url: string;
let now = Date.UTC(2025, 5, 1);
let release: () => void = () => undefined;
let started: () => void = () => undefined;
let gateway: Awaited<ReturnType<typeof buildGateway>>;
const caller: Caller = {
  subscriptionId: 1,
  isOperator: true,
  account: { kind: "user", id: 1 },
  username: "u",
  role: "Reader",
  permissions: new Set(["ETM API Access"]),
  scope: { kind: "all" },
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  gateway = await buildGateway({
    config: toConfig({ port: "0" } as Environment),
    bindings: [
      bind(echo, async ({ query, version }) => ({ value: { query, version, filler: "x".repeat(2000) }, count: 7 })),
      bind(wait, ({ body }) => {
        started();
        return new Promise((resolve) => {
          release = () => resolve({ value: body });
        });
      }),
      bind(admin, async () => ({ value: 1 })),
      bind(act, async () => ({ value: 1 })),
      bind(ask, async () => ({ value: 1 })),
      bind(fail, async () => {
        throw new Error("the secret inside");
      }),
    ],
    db,
    limiter: createMemoryLimiter({ clock: () => now }),
    lifecycle: {
      find: (api) => (api === retired.api ? retired : undefined),
      list: () => [retired],
      profile: "strict",
    },
    authenticate: (token) => {
      if (token !== "a.b.c") throw notAuthenticated();
      const custom = { maxConcurrent: 2, maxCalls: 20, windowSec: 3600 };
      return { caller, limits: { level: "Custom", custom }, allowList: undefined, tokenGeneration: 0 };
    },
    clock: () => now,
    log: pino({ level: "silent" }),
    system: { version: "0.0.0", isReady: async () => true },
  });
  url = await gateway.listen({ host: "127.0.0.1", port: 0 });
});

afterAll(async () => {
  await gateway.close();
  await db.close();
  await database.drop();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { headers: { authorization: "Bearer a.b.c", ...headers } });

/** Header lines as they stand on the wire. */
function rawHead(path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\nConnection: close\r\n\r\n`);
    });
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("end", () => resolve((text.split("\r\n\r\n", 1)[0] ?? "").split("\r\n")));
    socket.on("error", reject);
  });
}

test("a list answer carries the printed headers in the printed order and spelling", async () => {
  const head = await rawHead("/test/1.0/thing/list");
  const names = head.slice(1).map((line) => line.split(":", 1)[0]);
  expect(head[0]).toBe("HTTP/1.1 200 OK");
  expect(names.slice(0, 14)).toEqual([
    "transfer-encoding",
    "X-RateLimit-Remaining",
    "X-RateLimit-Window-Sec",
    "X-RateLimit-Limit",
    "count",
    "vary",
    "Content-Type",
    "Date",
    "Cache-Control",
    "Pragma",
    "Expires",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
  ]);
  expect(head).toContain("X-XSS-Protection: 1 ; mode=block");
  expect(head).toContain("count: 7");
});

test("no, malformed, unknown and Basic credentials are 401 with the documented body", async () => {
  for (const authorization of [undefined, "Bearer", "Bearer x", "Bearer x.y.z", "Basic dTpw", "a.b.c"]) {
    const response = await fetch(`${url}/test/1.0/thing/list`, { headers: authorization ? { authorization } : {} });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ status: 401, error: "Unauthorized", message: "Not authenticated" });
    expect(response.headers.get("x-ratelimit-limit")).toBeNull();
  }
});

test("a missing permission is 403 and names it", async () => {
  const response = await get("/test/1.0/thing/admin");
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    status: 403,
    error: "Forbidden",
    message: "Audit Log Access is required",
  });
});

test("unknown parameters are ignored, wrong ones are 400 and named", async () => {
  expect((await get("/test/1.0/thing/list?what=ever&size=5")).status).toBe(200);
  const response = await get("/test/1.0/thing/list?size=-1");
  expect(response.status).toBe(400);
  expect(((await response.json()) as { message: string }).message).toContain("size");
});

test("a trailing slash is accepted without a redirect", async () => {
  const response = await fetch(`${url}/test/1.0/thing/list/`, {
    headers: { authorization: "Bearer a.b.c" },
    redirect: "manual",
  });
  expect(response.status).toBe(200);
});

test("an unknown path is 404, a known one with another method 405 with Allow", async () => {
  expect((await get("/nowhere")).status).toBe(404);
  const response = await fetch(`${url}/test/1.0/thing/list`, { method: "PUT" });
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toBe("GET");
});

test("a body of another type is 415, a broken one 400, one over the limit 413", async () => {
  const post = (body: string, type: string) =>
    fetch(`${url}/test/1.0/thing/wait`, {
      method: "POST",
      body,
      headers: { authorization: "Bearer a.b.c", "content-type": type },
    });
  expect((await post("a=b", "application/x-www-form-urlencoded")).status).toBe(415);
  expect((await post("{", "application/json")).status).toBe(400);
  expect((await post("{}", "application/json")).status).toBe(400);
  expect((await post(JSON.stringify({ name: "x".repeat(70_000) }), "application/json")).status).toBe(413);
});

test("the type of a body that is not there, where none need be, is not looked at", async () => {
  const post = (path: string, type: string, body = "") =>
    fetch(`${url}/test/1.0/thing/${path}`, {
      method: "POST",
      body,
      headers: { authorization: "Bearer a.b.c", "content-type": type },
    });
  for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain"]) {
    expect((await post("act", type)).status).toBe(200);
    expect((await post("ask", type)).status).toBe(200);
  }
  expect((await post("ask", "application/json", "{}")).status).toBe(415);
  expect((await post("wait", "application/json")).status).toBe(400);
  expect((await post("wait", "text/plain")).status).toBe(415);
});

test("a defect shows its request id and nothing else", async () => {
  const response = await get("/test/1.0/thing/fail", { "x-request-id": "my-id-1" });
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).toContain("my-id-1");
  expect(text).not.toContain("secret");
  expect(response.headers.get("x-request-id")).toBe("my-id-1");
});

test("gzip and br are used when accepted, and not when refused", async () => {
  for (const coding of ["gzip", "br"]) {
    const response = await get("/test/1.0/thing/list", { "accept-encoding": coding });
    expect(response.headers.get("content-encoding")).toBe(coding);
    expect(await response.json()).toMatchObject({ version: "1.0" });
  }
  const plain = await get("/test/1.0/thing/list", { "accept-encoding": "gzip;q=0" });
  expect(plain.headers.get("content-encoding")).toBeNull();
});

test("a version past its end of service works and says so; past its end of life it is 410 and costs nothing", async () => {
  const before = await get("/test/v1/thing/list");
  expect(before.status).toBe(200);
  expect(before.headers.get("sunset")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
  expect(before.headers.get("link")).toContain('</test/1.0/thing/list>; rel="successor-version"');
  now = Date.UTC(2026, 0, 1);
  const after = await get("/test/v1/thing/list");
  expect(after.status).toBe(410);
  expect(after.headers.get("cache-control")).toBe("no-store");
  expect(after.headers.get("x-ratelimit-limit")).toBeNull();
  expect(((await after.json()) as { message: string }).message).toContain("/test/1.0/thing/list");
});

test("the concurrency limit holds while work runs, also when the client has gone", async () => {
  now += 3_600_000;
  const post = () =>
    new Promise<ReturnType<typeof httpRequest>>((resolve, reject) => {
      started = () => resolve(call);
      const call = httpRequest(`${url}/test/1.0/thing/wait`, {
        method: "POST",
        headers: { authorization: "Bearer a.b.c", "content-type": "application/json" },
      });
      call.on("error", reject);
      call.end(JSON.stringify({ name: "n" }));
    });
  const first = await post();
  const releaseFirst = release;
  await post();
  const releaseSecond = release;
  first.removeAllListeners("error").on("error", () => undefined);
  first.destroy();
  await new Promise((resolve) => first.once("close", resolve));
  const blocked = await fetch(`${url}/test/1.0/thing/wait`, {
    method: "POST",
    headers: { authorization: "Bearer a.b.c", "content-type": "application/json" },
    body: "{}",
  });
  expect(blocked.status).toBe(429);
  expect(await blocked.text()).toBe("");
  expect(blocked.headers.get("content-length")).toBe("0");
  expect(blocked.headers.get("x-concurrency-limit-limit")).toBe("2");
  expect(blocked.headers.get("x-concurrency-limit-running")).toBe("2");
  expect(blocked.headers.get("retry-after")).toBe("1");
  expect(blocked.headers.get("x-ratelimit-towait-sec")).toBeNull();
  releaseFirst();
  releaseSecond();
});

test("when the window is full the answer is 429, empty, with the wait", async () => {
  now += 3_600_000;
  for (let call = 0; call < 20; call++) {
    const response = await get("/test/1.0/thing/list");
    expect(response.headers.get("x-ratelimit-remaining")).toBe(String(19 - call));
    await response.arrayBuffer();
  }
  const blocked = await get("/test/1.0/thing/list");
  expect(blocked.status).toBe(429);
  expect(blocked.headers.get("content-length")).toBe("0");
  expect(blocked.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(blocked.headers.get("x-ratelimit-towait-sec")).toBe("3600");
  expect(blocked.headers.get("retry-after")).toBe("3600");
});

test("health, metrics, the API description and its page need no token", async () => {
  for (const path of [
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/errors",
    "/docs/assets/standalone.js",
  ]) {
    const response = await fetch(url + path);
    expect([path, response.status]).toEqual([path, 200]);
    await response.arrayBuffer();
  }
  const api = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
  expect(Object.keys(api.paths)).toContain((echo as Operation).versions["1.0"]);
});

test("metrics count each answer once, by operation and status, in the exposition format", async () => {
  const before = await scrape();
  await (await get("/test/1.0/thing/admin")).arrayBuffer();
  await (await get("/nowhere")).arrayBuffer();
  const after = await scrape();
  const grew = (line: string) => (after.get(line) ?? 0) - (before.get(line) ?? 0);
  const duration = "breakwater_http_request_duration_seconds";
  const admin429or403 = ["403", "429"].map((status) =>
    grew(`breakwater_http_requests_total{operation="test.thing.admin",status="${status}"}`),
  );
  expect(admin429or403.reduce((a, b) => a + b)).toBe(1);
  expect(grew('breakwater_http_requests_total{operation="other",status="404"}')).toBe(1);
  expect(grew(`${duration}_count{operation="test.thing.admin"}`)).toBe(1);
  expect(grew(`${duration}_bucket{operation="test.thing.admin",le="+Inf"}`)).toBe(1);
});

async function scrape(): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}
