import { createHash } from "node:crypto";
import {
  adminAuditExport,
  adminAuditList,
  adminAuditVerify,
  adminTagCreate,
  adminUserCreate,
} from "@breakwater/contract";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_PER_WINDOW } from "./flood-bound.ts";
import { type AuditEvent, recordAudit } from "./index.ts";
import { writerOf } from "./record-audit.ts";
import { readHead } from "./store.ts";

type Event = AuditEvent & { id: number; at: string; previousHash: string; hash: string };

let installation: TestInstallation;
let everything: Event[];

const list = async (query: object = {}, login: { username: string; password: string } = MANAGER) => {
  const answer = await installation.client(login).call(adminAuditList, { query });
  return { events: await answer.json<Event[]>(), count: answer.count };
};

beforeAll(async () => {
  installation = await startInstallation();
  await sql`
    UPDATE subscription
    SET service_level = 'Custom', rate_limit = 100000, rate_window_sec = 60, concurrency_limit = 100`.execute(
    installation.db.write,
  );
  const actors = ["anna", "Bert", "client:feed"];
  const actions = ["auth.login", "admin.tag.create", "report.download"];
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      recordAudit(installation.db, {
        subscriptionId: n % 10 === 9 ? 2 : 1,
        actor: actors[n % 3] as string,
        action: actions[n % 4] ?? "other",
        ...(n % 2 ? { target: `target ${n % 6}` } : {}),
        address: "10.1.1.1",
        result: n % 5 ? "success" : "failure",
        detail: { n },
      }),
    ),
  );
  everything = (await list({ pageSize: 1000 })).events;
});
afterAll(() => installation.close());

test("the log is listed newest first, with what was done, by whom, when, from where and how it ended", async () => {
  expect(everything.map(({ id }) => id)).toEqual(everything.map((_, at) => everything.length - at));
  const own = everything.find(({ detail }) => detail?.n === 3);
  expect(own).toEqual({
    id: expect.any(Number),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    subscriptionId: 1,
    actor: "anna",
    action: "other",
    target: "target 3",
    address: "10.1.1.1",
    result: "success",
    detail: { n: 3 },
    previousHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(everything.every(({ subscriptionId }) => subscriptionId === 1)).toBe(true);
});

test.each([
  [{ actor: "ANNA" }, (event: Event) => event.actor === "anna"],
  [{ actor: "bert", result: "failure" }, (event: Event) => event.actor === "Bert" && event.result === "failure"],
  [{ action: "auth.login" }, (event: Event) => event.action === "auth.login"],
  [{ target: "target 5", action: "other" }, (event: Event) => event.target === "target 5" && event.action === "other"],
  [{ actor: "nobody" }, () => false],
] as const)("the filter %j gives what it says, and the count", async (query, isMeant) => {
  const expected = everything.filter(isMeant);
  const found = await list({ ...query, pageSize: 1000 });
  // Logs in and lists of this test come on top.
  expect(found.events.filter(({ id }) => id <= everything.length)).toEqual(expected);
  expect(found.count).toBe(found.events.length);
});

test("from is part of the time, to is not", async () => {
  const at = everything[10]!.at;
  const later = await list({ from: at, pageSize: 1000 });
  const earlier = await list({ to: at, pageSize: 1000 });
  expect(later.events.every((event) => event.at >= at)).toBe(true);
  expect(earlier.events).toEqual(everything.filter((event) => event.at < at));
  expect(later.events.map(({ id }) => id)).toContain(everything[10]!.id);
});

test("pages stay what they are while events come in", async () => {
  const ids: number[] = [];
  let beforeId: number | undefined;
  for (;;) {
    const { events } = await list({ pageSize: 7, ...(beforeId ? { beforeId } : {}) });
    if (events.length === 0) break;
    ids.push(...events.map(({ id }) => id).filter((id) => id <= everything.length));
    beforeId = events.at(-1)!.id;
    await recordAudit(installation.db, {
      subscriptionId: 1,
      actor: "another",
      action: "meanwhile",
      address: "",
      result: "success",
    });
  }
  expect(ids).toEqual(everything.map(({ id }) => id));
});

test.each([
  [{ from: "yesterday" }, /^from must/],
  [{ to: "2025-02-30T99:00:00Z" }, /^to must/],
  [{ from: "2025-02-03T08:00:00" }, /^from must/],
  [{ pageSize: 1001 }, /pageSize/],
  [{ beforeId: 1e300 }, /beforeId/],
  [{ actor: "a\0" }, /NUL/],
])("%j is refused", async (query, message) => {
  await expect(list(query)).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) });
});

/** What the ADR tells an outsider to do. */
function verifyExport(text: string): { events: number; head: string } {
  let head = "0".repeat(64);
  const lines = text.split("\n").slice(0, -1);
  for (const [at, line] of lines.entries()) {
    const { id, previousHash, hash } = JSON.parse(line);
    expect([id, previousHash]).toEqual([at + 1, head]);
    head = createHash("sha256")
      .update(`${line.slice(0, -75)}}`)
      .digest("hex");
    expect(hash).toBe(head);
  }
  return { events: lines.length, head };
}

test("an export is verified by its lines alone, and names its head; the export stands in it as the last event", async () => {
  const answer = await installation.client().call(adminAuditExport, { query: {} });
  const text = await answer.text();
  const { events, head } = verifyExport(text);
  expect(answer.headers.get("x-audit-head")).toBe(`${events} ${head}`);
  expect(answer.headers.get("content-type")).toBe("application/jsonl");
  expect(JSON.parse(text.split("\n").at(-2) as string)).toMatchObject({
    action: "admin.audit.export",
    actor: MANAGER.username,
  });
  const found = await installation.client().call(adminAuditVerify, { query: { headId: events, headHash: head } });
  expect(await found.json()).toMatchObject({ ok: true, break: null });
  const other = await installation.client().call(adminAuditVerify, {
    query: { headId: events, headHash: head.replace(/^./, (c) => (c === "0" ? "1" : "0")) },
  });
  expect(await other.json()).toMatchObject({ ok: false, break: { id: events, problem: "head-differs" } });
});

test("an export of many batches is whole, and a filter narrows it", async () => {
  await sql`
    INSERT INTO audit_event (subscription_id, actor, action, address, result)
    SELECT 1, 'many', 'act', '', 'success' FROM generate_series(1, 2500)`.execute(installation.db.write);
  const all = await (await installation.client().call(adminAuditExport, { query: {} })).text();
  expect(verifyExport(all).events).toBeGreaterThan(2500);
  const some = await (await installation.client().call(adminAuditExport, { query: { actor: "many" } })).text();
  expect(some.split("\n")).toHaveLength(2501);
});

test("no cell of a CSV export is a formula", async () => {
  for (const actor of ["=cmd|' /C calc'!A0", "+1", "@x", 'a"b,c']) {
    await recordAudit(installation.db, { subscriptionId: 1, actor, action: "csv", address: "", result: "failure" });
  }
  const answer = await installation.client().call(adminAuditExport, { query: { format: "csv", action: "csv" } });
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="audit.csv"');
  const [head, ...lines] = (await answer.text()).split("\r\n");
  expect(head).toBe("id,at,subscriptionId,actor,action,target,address,result,detail,previousHash,hash");
  const cells = ["'=cmd|' /C calc'!A0", "'+1", "'@x", '"a""b,c"'];
  expect(lines.slice(0, -1).map((line, at) => line.includes(`,1,${cells[at]},csv,,"",failure,{},`))).toEqual(
    Array(4).fill(true),
  );
});

test("the operator reads, exports and verifies the log that is kept of a subscription that is no more", async () => {
  const { events, count } = await list({ subscriptionId: 2 });
  expect([count, events.map(({ subscriptionId, detail }) => [subscriptionId, (detail?.n as number) % 10])]).toEqual([
    6,
    Array(6).fill([2, 9]),
  ]);
  const query = { subscriptionId: 2 };
  const text = await (await installation.client().call(adminAuditExport, { query })).text();
  expect(verifyExport(text).events).toBe(6);
  const { ok, events: walked } = await (await installation.client().call(adminAuditVerify, { query })).json();
  expect([ok, walked]).toEqual([true, 6]);
  expect((await list({ action: "admin.audit.export" })).events[0]).toMatchObject({ detail: query });
  await expect(list({ subscriptionId: 4711 })).rejects.toMatchObject({ status: 404 });
  await expect(list({ subscriptionId: 2, unattributed: true })).rejects.toMatchObject({ status: 400 });
});

test("what belongs to nobody is seen by the operator alone", async () => {
  await expect(
    installation.client({ username: "no_such_user", password: "x" }).call(adminAuditList, { query: {} }),
  ).rejects.toMatchObject({ status: 401 });
  const { events } = await list({ unattributed: true });
  expect(events[0]).toMatchObject({ subscriptionId: null, actor: "no_such_user", detail: { reason: "unknown user" } });
  const { rows } = await sql<{ id: number }>`
    WITH s AS (INSERT INTO subscription (name) VALUES ('Second') RETURNING id),
      r AS (INSERT INTO role (subscription_id, name, has_api_access, has_ui_access, permissions)
            SELECT id, 'Auditor', true, true, '{Audit Log Access}' FROM s RETURNING subscription_id, id)
    INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope)
    SELECT subscription_id, 'other_auditor', (SELECT password_hash FROM app_user WHERE username = ${MANAGER.username}), id, true
    FROM r RETURNING subscription_id AS id`.execute(installation.db.write);
  const other = { username: "other_auditor", password: MANAGER.password };
  const seen = await list({ pageSize: 1000 }, other);
  expect(seen.events.every(({ subscriptionId }) => subscriptionId === rows[0]!.id)).toBe(true);
  await expect(list({ subscriptionId: 1 }, other)).rejects.toMatchObject({ status: 404 });
  await expect(list({ subscriptionId: rows[0]!.id })).rejects.toMatchObject({ status: 404 });
  await expect(list({ subscriptionId: 4711 }, other)).rejects.toMatchObject({ status: 404 });
  for (const operation of [adminAuditList, adminAuditExport, adminAuditVerify] as const) {
    await expect(
      installation.client(other).call(operation as typeof adminAuditList, { query: { unattributed: true } }),
    ).rejects.toMatchObject({ status: 403 });
  }
});

test("a refused change stands in the log, a refused read does not", async () => {
  const login = { username: "only_reads", password: "a-long-password-1" };
  await installation.client().call(adminUserCreate, { body: { ...login, role: "Reader" } });
  const reader = installation.client(login);
  await expect(reader.call(adminTagCreate, { body: { name: "x" } })).rejects.toMatchObject({ status: 403 });
  await expect(reader.call(adminAuditList, { query: {} })).rejects.toMatchObject({ status: 403 });
  const { events } = await list({ actor: login.username, result: "failure" });
  expect(events).toMatchObject([
    {
      action: "admin.tag.create",
      target: "/admin/1.0/tag/create",
      detail: { reason: "Tag Management Access is required" },
    },
  ]);
});

test("a storm of log-ins at /auth under names that nobody has is bounded, on the node and over all its calls", async () => {
  const { db, url } = installation;
  const writer = writerOf(db);
  await writer.close();
  const before = (await readHead(db.read, { subscriptionId: null })).id;
  const logIn = async (username: string) => {
    const body = new URLSearchParams({ username, password: "x" });
    expect((await fetch(`${url}/auth`, { method: "POST", body })).status).toBe(401);
  };
  // All but the last of those that are written by themselves, without the price of their passwords.
  const event = { subscriptionId: null, actor: "x", action: "auth.login", address: "", result: "failure" } as const;
  await Promise.all(Array.from({ length: MAX_PER_WINDOW - 1 }, () => recordAudit(db, event)));
  for (const name of ["nobody_1", "nobody_2", "nobody_3"]) await logIn(name);
  await writer.close();
  const { rows } = await sql<{ action: string; actor: string; detail: object }>`
    SELECT action, actor, detail FROM audit_event WHERE subscription_id IS NULL AND sequence > ${before}
    ORDER BY sequence`.execute(db.read);
  expect(rows).toHaveLength(MAX_PER_WINDOW + 1);
  expect(rows.slice(-2)).toMatchObject([
    { action: "auth.login", actor: "nobody_1" },
    { action: "audit.suppressed", detail: { count: 2, windowSec: 10 } },
  ]);
});
