import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { type RawBuilder, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate, migrationsDir } from "../../db/migrate.ts";
import type { Database } from "../../db/pool.ts";
import { type AuditEvent, AuditWriter } from "./audit-writer.ts";
import { type ChainedEvent, EMPTY_HEAD } from "./chain.ts";
import { MAX_PER_WINDOW } from "./flood-bound.ts";
import { recordAudit } from "./index.ts";
import { verifyLog, walkEvents } from "./service.ts";
import { readHead } from "./store.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(() => database.drop());

const event = (subscriptionId: number | null, action: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  subscriptionId,
  actor: "somebody",
  action,
  address: "127.0.0.1",
  result: "success",
  ...more,
});

const readLog = async (subscriptionId: number | null, from = db): Promise<ChainedEvent[]> =>
  (await Array.fromAsync(walkEvents(from.read, { subscriptionId }, {}, Number.MAX_SAFE_INTEGER))).flat();

const verify = (subscriptionId: number | null, from = db) => verifyLog(from.read, { subscriptionId }, undefined);

const anyText = fc.string({ unit: "binary", maxLength: 30 });
const anyEvent = fc.record(
  {
    actor: anyText,
    action: anyText.map((text) => text.replaceAll("\0", "")),
    target: anyText,
    address: anyText,
    result: fc.constantFrom("success" as const, "failure" as const),
    detail: fc.dictionary(
      fc.string({ maxLength: 8 }),
      fc.oneof(anyText, fc.maxSafeInteger(), fc.double(), fc.boolean(), fc.constant(null)),
      { maxKeys: 6 },
    ),
  },
  { requiredKeys: ["actor", "action", "address", "result"] },
);

test("whatever is recorded, the database's hashes are those that anybody computes from the events", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 20 }), async (events) => {
      await Promise.all(events.map((one) => recordAudit(db, { subscriptionId: 100, ...one })));
    }),
    { numRuns: 40 },
  );
  const head = await readHead(db.read, { subscriptionId: 100 });
  expect(head.id).toBeGreaterThan(40);
  expect(await verify(100)).toEqual({ ok: true, events: head.id, head, break: null });
});

test("halves of characters, NUL and endless text are recorded as far as they can be", async () => {
  await recordAudit(
    db,
    event(101, "odd", { actor: "a\0b\ud800c", target: "x".repeat(5_000), detail: { a: "\udc00\0" } }),
  );
  const [stored] = await readLog(101);
  expect(stored).toMatchObject({ actor: "a\u2400b\ufffdc", detail: { a: "\ufffd\u2400" } });
  expect(stored?.target).toHaveLength(2_000);
});

test("an empty log is whole", async () => {
  expect(await verify(4711)).toEqual({ ok: true, events: 0, head: EMPTY_HEAD, break: null });
});

test("several nodes write to several logs at once: no gap, no fork, nothing lost, each log by itself", async () => {
  const nodes = [db, database.open(), database.open()];
  const logs = [200, 201, null];
  const recorded = nodes.flatMap((node, place) =>
    Array.from({ length: 150 }, (_, n) =>
      recordAudit(node, event(logs[n % 3] as number | null, `act-${place}-${n}`, { result: "success" })),
    ),
  );
  await Promise.all(recorded);
  for (const [index, log] of logs.entries()) {
    const events = await readLog(log);
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
    const expected = nodes.flatMap((_, place) => Array.from({ length: 50 }, (_, n) => `act-${place}-${3 * n + index}`));
    expect(events.map(({ action }) => action).sort()).toEqual(expected.sort());
    for (const place of nodes.keys()) {
      const own = events.map(({ action }) => action).filter((action) => action.startsWith(`act-${place}-`));
      expect(own).toEqual(expected.filter((action) => own.includes(action)).sort((a, b) => order(a) - order(b)));
    }
    expect(await verify(log)).toMatchObject({ ok: true, events: 150, break: null });
  }
});

/** Number of the act at its node. */
const order = (action: string) => Number(action.split("-")[2]);

test.each([
  "UPDATE audit_event SET actor = 'x'",
  "DELETE FROM audit_event",
  "TRUNCATE audit_event",
  "UPDATE audit_chain SET events = events - 1",
  "UPDATE audit_chain SET events = events + 2",
  "DELETE FROM audit_chain",
  "TRUNCATE audit_chain",
])("the database refuses %s", async (statement) => {
  await recordAudit(db, event(300, "act"));
  await expect(sql.raw(statement).execute(db.write)).rejects.toThrow(/append-only|only goes forward/);
});

test("the triggers fire whatever the session's replication role is", async () => {
  const { rows } = await sql<{ tgname: string }>`
    SELECT tgname FROM pg_trigger WHERE tgrelid IN ('audit_event'::regclass, 'audit_chain'::regclass)
      AND NOT tgisinternal AND tgenabled <> 'A'`.execute(db.write);
  expect(rows).toEqual([]);
});

test.each<[string, RawBuilder<unknown>, { id: number; problem: string }]>([
  ["an actor changed", sql`UPDATE audit_event SET actor = 'other' WHERE sequence = 7`, { id: 7, problem: "changed" }],
  [
    "a detail changed",
    sql`UPDATE audit_event SET detail = '{"n": 8}' WHERE sequence = 7`,
    { id: 7, problem: "changed" },
  ],
  [
    "a microsecond",
    sql`UPDATE audit_event SET at = at + interval '1 us' WHERE sequence = 3`,
    { id: 3, problem: "changed" },
  ],
  ["an event removed", sql`DELETE FROM audit_event WHERE sequence = 5`, { id: 5, problem: "missing" }],
  ["the first removed", sql`DELETE FROM audit_event WHERE sequence = 1`, { id: 1, problem: "missing" }],
  ["the end cut off", sql`DELETE FROM audit_event WHERE sequence > 8`, { id: 9, problem: "missing" }],
  ["all removed", sql`DELETE FROM audit_event`, { id: 1, problem: "missing" }],
  [
    "an event rewritten with a hash that fits it",
    sql`UPDATE audit_event e SET actor = 'x', hash = sha256(convert_to(audit_event_text(
          (e.subscription_id, e.id, e.at, 'x', e.action, e.target, e.address, e.result, e.detail, e.sequence,
           e.previous_hash, e.hash)::audit_event), 'UTF8')) WHERE sequence = 4`,
    { id: 5, problem: "not-linked" },
  ],
  [
    "the last rewritten with a hash that fits it",
    sql`UPDATE audit_event e SET actor = 'x', hash = sha256(convert_to(audit_event_text(
          (e.subscription_id, e.id, e.at, 'x', e.action, e.target, e.address, e.result, e.detail, e.sequence,
           e.previous_hash, e.hash)::audit_event), 'UTF8')) WHERE sequence = 10`,
    { id: 10, problem: "head-differs" },
  ],
])("%s shows at its place", async (_, tamper, expected) => {
  const own = await createTestDatabase();
  try {
    const node = own.open();
    await Promise.all(Array.from({ length: 10 }, (_, n) => recordAudit(node, event(1, "act", { detail: { n } }))));
    await sql`ALTER TABLE audit_event DISABLE TRIGGER ALL`.execute(node.write);
    await tamper.execute(node.write);
    const found = await verify(1, node);
    expect(found).toMatchObject({ ok: false, break: expected });
    expect(found.events).toBe(expected.problem === "head-differs" ? 10 : expected.id - 1);
  } finally {
    await own.drop();
  }
});

test("a cut end whose head was set back too shows by a head noted earlier", async () => {
  const own = await createTestDatabase();
  try {
    const node = own.open();
    for (let n = 1; n <= 4; n += 1) await recordAudit(node, event(1, `act-${n}`));
    const noted = await readHead(node.read, { subscriptionId: 1 });
    await recordAudit(node, event(1, "act-5"));
    expect(await verifyLog(node.read, { subscriptionId: 1 }, noted)).toMatchObject({ ok: true, events: 5 });
    await sql`ALTER TABLE audit_event DISABLE TRIGGER ALL`.execute(node.write);
    await sql`ALTER TABLE audit_chain DISABLE TRIGGER ALL`.execute(node.write);
    await sql`DELETE FROM audit_event WHERE sequence > 2`.execute(node.write);
    await sql`UPDATE audit_chain SET events = 2, head = (SELECT hash FROM audit_event WHERE sequence = 2)`.execute(
      node.write,
    );
    expect(await verify(1, node)).toMatchObject({ ok: true, events: 2 });
    expect(await verifyLog(node.read, { subscriptionId: 1 }, noted)).toMatchObject({
      ok: false,
      break: { id: 3, problem: "missing" },
    });
    await sql`ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_chain`.execute(node.write);
    for (let n = 3; n <= 5; n += 1) await recordAudit(node, event(1, `other-${n}`));
    expect(await verify(1, node)).toMatchObject({ ok: true, events: 5 });
    expect(await verifyLog(node.read, { subscriptionId: 1 }, noted)).toMatchObject({
      ok: false,
      break: { id: 4, problem: "head-differs" },
    });
  } finally {
    await own.drop();
  }
});

test("events from before the chain are chained by the migration, and the log goes on from them", async () => {
  const own = await createTestDatabase({ schema: "empty" });
  const dir = await mkdtemp(join(tmpdir(), "breakwater-migrations-"));
  try {
    const node = own.open();
    await cp(migrationsDir, dir, { recursive: true, filter: (name) => !/000[5-9]-|00[1-9]\d-/.test(name) });
    await migrate(node, { dir });
    const odd = JSON.stringify({ z: '\u0001"\\\u007f\u2028é😀', a: 7, m: null, b: true });
    await sql`
      INSERT INTO audit_event (subscription_id, actor, action, target, address, result, detail)
      SELECT nullif(n % 3, 0), 'né' || n, 'act', CASE WHEN n % 2 = 0 THEN 'line' || chr(10) || n END,
             CASE WHEN n % 5 = 0 THEN NULL ELSE '10.0.0.1' END, 'failure', ${odd}::jsonb
      FROM generate_series(1, 30) AS n`.execute(node.write);
    await migrate(node);
    for (const subscriptionId of [1, 2, null]) {
      await recordAudit(node, event(subscriptionId, "later"));
      expect(await verify(subscriptionId, node)).toMatchObject({ ok: true, events: 11 });
    }
    expect((await readLog(2, node)).map(({ actor }) => actor).slice(0, 3)).toEqual(["né2", "né5", "né8"]);
  } finally {
    await own.drop();
    await rm(dir, { recursive: true, force: true });
  }
});

test("a storm of log-ins under names that nobody has writes some of them, and then how many there were", async () => {
  const writer = new AuditWriter(db);
  const before = (await readHead(db.read, { subscriptionId: null })).id;
  await Promise.all(
    Array.from({ length: 5 * MAX_PER_WINDOW }, () => writer.write(event(null, "auth.login", { result: "failure" }))),
  );
  // What is somebody's is always written.
  await writer.write(event(400, "auth.login", { result: "failure" }));
  await writer.close();
  const events = (await readLog(null)).slice(before);
  expect(events.map(({ action }) => action)).toEqual([...Array(MAX_PER_WINDOW).fill("auth.login"), "audit.suppressed"]);
  expect(events.at(-1)?.detail).toEqual({ count: 4 * MAX_PER_WINDOW, windowSec: 10 });
  expect(await readLog(400)).toHaveLength(1);
});

test("an event that cannot be written fails for those who wrote it, and the writer goes on", async () => {
  const node = database.open();
  const writer = new AuditWriter(node);
  await expect(writer.write({ ...event(500, "act"), result: "unknown" as "success" })).rejects.toThrow(
    /check constraint/,
  );
  await writer.write(event(500, "act"));
  expect(await readLog(500)).toHaveLength(1);
  await writer.close();
});
