import { OPERATIONS, type Operation } from "@breakwater/contract";
import type { Tenant } from "@breakwater/testkit/tenant";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findWrongTotals } from "../db/kept-total.fixture.ts";
import { type Attempt, type OperationId, OUTCOMES } from "./isolation-case.fixture.ts";
import { CASES } from "./isolation-cases.fixture.ts";
import {
  type Dump,
  dumpSubscription,
  listTables,
  startThreeTenants,
  type ThreeTenants,
  UNDUMPED,
} from "./three-tenants.fixture.ts";

let world: ThreeTenants;
beforeAll(async () => {
  world = await startThreeTenants();
  const [operator] = world.tenants as [Tenant];
  const json = { title: "News of cedars", text: "Read by all" };
  const note = await send(operator.tokens.manager, operationOf("admin.release-note.create"), { json });
  expect(note.status).toBe(201);
});
afterAll(async () => {
  expect(await findWrongTotals(world.installation.db.read)).toEqual([]);
  await world.installation.close();
});

const operationOf = (id: OperationId) => OPERATIONS.find((operation) => operation.id === id) as Operation;

test("each operation of the contract has a case", () => {
  expect(Object.keys(CASES).sort()).toEqual(OPERATIONS.map(({ id }) => id).sort());
});

test("only what is the operator's or public has nothing to cross", () => {
  const excused = OPERATIONS.filter(({ id }) => "nothingToCross" in CASES[id as OperationId]);
  const own = excused.filter(({ access }) => access !== "public" && !access.isForOperator);
  expect(own.map(({ id }) => id)).toEqual(["admin.version.get", "admin.version.list", "etm.feed.list"]);
});

test("each table belongs to subscriptions, or is known not to", async () => {
  const { db } = world.installation;
  const { rows } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'subscription_id'`.execute(db.write);
  const belonging = new Set(["subscription", ...rows.map(({ name }) => name)]);
  const others = (await listTables(db)).filter((name) => !belonging.has(name) || name === "audit_event");
  expect(others).toEqual(UNDUMPED);
});

test.each(Object.keys(CASES) as OperationId[])("%s shows and changes nothing of another subscription", async (id) => {
  const trial = CASES[id];
  if ("nothingToCross" in trial) return;
  const operation = operationOf(id);
  for (const own of world.tenants) {
    if (trial.isOperators && own.subscriptionId === 1) continue;
    for (const theirs of world.tenants) {
      if (theirs === own) continue;
      const before = await dumpOf(theirs);
      for (const attempt of trial.try(theirs, own)) {
        for (const kind of ["manager", "client"] as const) await tryOne({ operation, attempt, own, theirs, kind });
      }
      expect(await dumpOf(theirs)).toEqual(before);
    }
  }
});

test.each(
  OPERATIONS.filter(({ id, method }) => method === "GET" && "try" in CASES[id as OperationId]).map(({ id }) => id),
)("%s does what is tried, for who may", async (id) => {
  const trial = CASES[id as OperationId];
  const own = world.tenants[1] as Tenant;
  for (const attempt of "try" in trial ? trial.try(own, own) : []) {
    const { status, text } = await send(own.tokens.manager, operationOf(id as OperationId), attempt);
    // A number is what the case says of things that are not there, or of another's.
    const isAsTold = [200, 206, 304, attempt.brings].includes(status);
    expect([attempt, isAsTold, text]).toEqual([attempt, true, text]);
  }
});

test("each audit log holds events of its own subscription only", async () => {
  for (const own of world.tenants) {
    const query = { pageSize: "1000" };
    const { text } = await send(own.tokens.manager, operationOf("admin.audit.list"), { query });
    const events: { subscriptionId: number }[] = JSON.parse(text);
    expect(events.length).toBeGreaterThan(5);
    expect(new Set(events.map(({ subscriptionId }) => subscriptionId))).toEqual(new Set([own.subscriptionId]));
  }
});

test("a report holds findings of its own subscription only", async () => {
  for (const own of world.tenants) {
    const submitted = await send(own.tokens.manager, operationOf("etm.report.submit"), {
      json: { reportFormat: "JSONL" },
    });
    const params = { id: String(JSON.parse(submitted.text).id) };
    let report: { status: string; resources: string[]; recordCount: number };
    do {
      report = JSON.parse((await send(own.tokens.manager, operationOf("etm.report.get"), { params })).text);
    } while (report.status === "REQUESTED" || report.status === "IN_PROGRESS");
    // Two of the scan, one of the advisory.
    expect(report).toMatchObject({ status: "COMPLETED", recordCount: 3 });
    for (const name of report.resources) {
      const { text } = await send(own.tokens.manager, operationOf("etm.report.part"), { params: { ...params, name } });
      expect(text).toContain(own.marker);
      expect(leaksOf(own, text, [])).toEqual([]);
    }
  }
});

type Try = { operation: Operation; attempt: Attempt; own: Tenant; theirs: Tenant; kind: "manager" | "client" };

async function tryOne({ operation, attempt, own, theirs, kind }: Try): Promise<void> {
  const { status, head, text, sent } = await send(own.tokens[kind], operation, attempt);
  const what = `${kind} of ${own.marker} against ${theirs.marker}: ${JSON.stringify(attempt)} → ${status} ${text.slice(0, 500)}`;
  const { brings = attempt.params ? 404 : "refused" } = attempt;
  const outcomes: readonly number[] = typeof brings === "number" ? [brings] : OUTCOMES[brings];
  const isForOperator = operation.access !== "public" && operation.access.isForOperator && own.subscriptionId !== 1;
  const isForOthers = isForOperator || (attempt.isForManagers && kind === "client");
  expect(isForOthers ? [403] : outcomes, what).toContain(status);
  expect(leaksOf(own, `${head}\n${text}`, sent), what).toEqual([]);
}

function leaksOf(own: Tenant, text: string, sent: readonly string[]): string[] {
  return world.tenants.filter((one) => one !== own).flatMap((one) => world.leaks.find(one, text, sent));
}

let made = 0;

async function send(token: string, operation: Operation, attempt: Attempt) {
  const { params = {}, query = {}, form, file, headers } = attempt;
  const json = attempt.json && JSON.stringify(attempt.json).replace("UNIQUE", () => `made ${++made}`);
  const [template] = Object.values(operation.versions) as [string];
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] as string));
  const body = json ?? file ?? (form ? new URLSearchParams(form) : undefined);
  const response = await fetch(`${world.installation.url}${path}?${new URLSearchParams(query)}`, {
    method: operation.method,
    headers: {
      ...(operation.access === "public" ? {} : { authorization: `Bearer ${token}` }),
      ...(json ? { "content-type": "application/json" } : {}),
      ...(file ? { "content-type": "application/octet-stream" } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const sent = [
    ...Object.values(params),
    ...Object.values(query),
    ...Object.values(form ?? {}),
    ...textsOf(attempt.json),
  ];
  const head = [...response.headers].filter(([name]) => name !== "x-request-id").join("\n");
  return { status: response.status, head, text: await response.text(), sent };
}

function textsOf(value: unknown): string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(textsOf);
  return value === undefined ? [] : [String(value)];
}

/** Once everything that was begun has ended. */
async function dumpOf(tenant: Tenant): Promise<Dump> {
  const { db } = world.installation;
  for (;;) {
    const { rows } = await sql`
      SELECT FROM import_job WHERE status IN ('REQUESTED', 'IN_PROGRESS')
      UNION ALL SELECT FROM report WHERE status IN ('REQUESTED', 'IN_PROGRESS')`.execute(db.write);
    if (rows.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return dumpSubscription(world.installation.db, tenant.subscriptionId);
}
