import { defineOperation, type Permission } from "@breakwater/contract";
import { indexLifecycle, type LifecycleEntry } from "@breakwater/domain/lifecycle/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { pino } from "pino";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bind } from "../binding.ts";
import { toConfig } from "../config/config.ts";
import type { Environment } from "../config/env.ts";
import type { Database } from "../db/index.ts";
import { createMemoryLimiter } from "../limits/index.ts";
import type { Principal } from "../modules/auth/index.ts";
import { buildGateway } from "./index.ts";

// The example of docs/guide/new-version.md: everything that a 2.0 next to a 1.0 takes.

const Valve1 = Type.Object({ name: Type.String(), open: Type.Boolean() });
const Valve2 = Type.Object({ valveName: Type.String(), position: Type.Integer({ minimum: 0, maximum: 100 }) });

const valveList = defineOperation({
  id: "test.valve.list",
  method: "GET",
  versions: { "1.0": "/test/1.0/valve/list", "2.0": "/test/2.0/valve/list" },
  summary: "List valves",
  access: { permission: "VMDR OT.API.ACCESS" },
  hasCountHeader: true,
  responses: { 200: { description: "The valves, how far open", schema: Type.Array(Valve2) } },
  responsesOf: { "1.0": { 200: { description: "The valves, open or not", schema: Type.Array(Valve1) } } },
});

type ValveRow = { name: string; position: number };
const VALVES: readonly ValveRow[] = [
  { name: "inlet", position: 40 },
  { name: "drain", position: 0 },
];
const toValve1 = ({ name, position }: ValveRow) => ({ name, open: position > 0 });
const toValve2 = ({ name, position }: ValveRow) => ({ valveName: name, position });

const binding = bind(valveList, async ({ version }) => ({
  value: VALVES.map((valve) => (version === "1.0" ? toValve1(valve) : toValve2(valve))),
  count: VALVES.length,
}));

const entry: LifecycleEntry = {
  api: "GET /test/1.0/valve/list",
  deprecatedAt: null,
  eosAt: Date.UTC(2027, 0, 1),
  eolAt: Date.UTC(2027, 6, 1),
  successor: "/test/2.0/valve/list",
  lenientState: null,
};

// The rest is the gateway around it.

let database: TestDatabase;
let db: Database;
let gateway: Awaited<ReturnType<typeof buildGateway>>;
let url: string;
let now = Date.UTC(2026, 11, 1);

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  const entries = indexLifecycle([entry]);
  const principal = {
    caller: {
      subscriptionId: 1,
      isOperator: true,
      account: { kind: "user", id: 1 },
      username: "u",
      role: "Reader",
      permissions: new Set<Permission>(["VMDR OT.API.ACCESS"]),
      scope: { kind: "all" },
    },
    limits: { level: "Custom", custom: { maxConcurrent: 2, maxCalls: 3, windowSec: 3600 } },
    allowList: undefined,
    tokenGeneration: 0,
  } satisfies Principal;
  gateway = await buildGateway({
    config: toConfig({ port: "0" } as Environment),
    bindings: [binding],
    db,
    limiter: createMemoryLimiter({ clock: () => now }),
    lifecycle: { find: (api) => entries.get(api), list: () => [entry], profile: "strict" },
    authenticate: () => principal,
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

const list = (version: string) =>
  fetch(`${url}/test/${version}/valve/list`, { headers: { authorization: "Bearer a.b.c" } });

test("both versions are routed, and each answers in its own form", async () => {
  const [old, current] = [await list("1.0"), await list("2.0")];
  expect([old.headers.get("count"), current.headers.get("count")]).toEqual(["2", "2"]);
  expect(await old.json()).toEqual([
    { name: "inlet", open: true },
    { name: "drain", open: false },
  ]);
  expect(await current.json()).toEqual([
    { valveName: "inlet", position: 40 },
    { valveName: "drain", position: 0 },
  ]);
  expect((await list("3.0")).status).toBe(404);
});

test("the description has both, each with its own schema", async () => {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, { get: { operationId: string; responses: Record<string, unknown> } }>;
  };
  const shape = (path: string) => {
    const { operationId, responses } = paths[path]?.get ?? {};
    return { operationId, names: JSON.stringify(responses?.["200"]).match(/"(open|position)"/)?.[1] };
  };
  expect(shape("/test/1.0/valve/list")).toEqual({ operationId: "test.valve.list.1.0", names: "open" });
  expect(shape("/test/2.0/valve/list")).toEqual({ operationId: "test.valve.list.2.0", names: "position" });
});

test("limits count each version apart", async () => {
  now += 3_600_000;
  for (const remaining of ["2", "1", "0"]) {
    expect((await list("1.0")).headers.get("x-ratelimit-remaining")).toBe(remaining);
  }
  expect((await list("1.0")).status).toBe(429);
  expect((await list("2.0")).headers.get("x-ratelimit-remaining")).toBe("2");
});

test("1.0 announces its end and its successor, then is gone; 2.0 says nothing", async () => {
  now = Date.UTC(2026, 11, 31, 23, 59, 59);
  expect((await list("1.0")).headers.get("link")).toBeNull();
  now = Date.UTC(2027, 0, 1);
  const ended = await list("1.0");
  expect(ended.status).toBe(200);
  expect(ended.headers.get("deprecation")).toBe(`@${now / 1000}`);
  expect(ended.headers.get("sunset")).toBe("Thu, 01 Jul 2027 00:00:00 GMT");
  expect(ended.headers.get("link")).toContain('</test/2.0/valve/list>; rel="successor-version"');
  now = Date.UTC(2027, 6, 1);
  expect((await list("1.0")).status).toBe(410);
  const current = await list("2.0");
  expect([current.status, current.headers.get("link")]).toEqual([200, null]);
});
