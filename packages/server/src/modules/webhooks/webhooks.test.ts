import { createHmac } from "node:crypto";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import { type Database, scopeTo } from "../../db/index.ts";
import { createOutboxTask, OUTBOX_KEY } from "./outbox-task.ts";
import { publishEvent } from "./publish-event.ts";
import { type Received, startReceiver } from "./receiver.fixture.ts";
import { MAX_ATTEMPTS, retryDelayMs } from "./retry-delay.ts";
import { changeWebhook, createWebhook, findWebhook, pingWebhook, removeWebhook, rotateWebhook } from "./service.ts";
import { listDeliveries } from "./store.ts";

let database: TestDatabase;
let db: Database;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let now = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  await sql`INSERT INTO subscription (name) VALUES ('operator'), ('tenant')`.execute(db.write);
});
afterAll(() => database.drop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  await sql`DELETE FROM webhook`.execute(db.write);
});

const scoped = (subscriptionId = 1) => scopeTo(db, { subscriptionId, scope: { kind: "all" } });
const parts = () => ({ clock: () => now, jobs: () => ({ enqueue: async () => undefined }) });
const actor = (subscriptionId = 1) => ({
  address: "127.0.0.1",
  caller: {
    subscriptionId,
    isOperator: subscriptionId === 1,
    account: { kind: "user", id: 1 },
    username: "boss",
    role: "Manager",
    permissions: new Set(),
    scope: { kind: "all" },
  } satisfies Caller,
});

const make = (body: Partial<Parameters<typeof createWebhook>[2]> = {}) =>
  createWebhook(scoped(), actor(), { url: receiver.url, ...body });

const publish = (data: object = { api: "GET /a" }, subscriptionId: number | null = null) =>
  db.write.transaction().execute((tx) => publishEvent(tx, { subscriptionId, type: "api.eos", data, nowMs: now }));

/** What the server does now and then: looks for work, and does it. */
async function send(options: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<void> {
  const { signal = new AbortController().signal, ...rest } = options;
  const task = createOutboxTask({ db, clock: () => now, ...rest });
  for (const key of await task.listUnfinished()) await task.run(key, { signal });
}

const deliveries = (webhookId: string) => listDeliveries(scoped(), webhookId);

/** A receiver's check, from the bytes of the standard rather than from our code. */
function isSigned(message: Received, secret: string): boolean {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = message.headers;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${message.body}`).digest("base64");
  return String(signatures).split(" ").includes(`v1,${expected}`);
}

test("an event is posted once, signed, with type, time and data", async () => {
  const { row, secret } = await make();
  await publish({ api: "GET /ot/v1/host/list" });
  await send();
  await send();
  expect(receiver.received).toHaveLength(1);
  const [message] = receiver.received as [Received];
  expect(isSigned(message, secret)).toBe(true);
  expect(isSigned({ ...message, body: `${message.body} ` }, secret)).toBe(false);
  expect(isSigned(message, `whsec_${Buffer.alloc(32).toString("base64")}`)).toBe(false);
  expect(message.headers["webhook-timestamp"]).toBe(String(now / 1000));
  expect(message.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(message.body)).toEqual({
    type: "api.eos",
    timestamp: new Date(now).toISOString(),
    data: { api: "GET /ot/v1/host/list" },
  });
  expect(await deliveries(row.id)).toMatchObject([{ status: "DELIVERED", attempts: 1, last_status: 204 }]);
});

test("a secret is 256 random bits, and no list shows it", async () => {
  const [first, second] = [await make(), await make()];
  expect(Buffer.from(first.secret.slice("whsec_".length), "base64")).toHaveLength(32);
  expect(first.secret).not.toBe(second.secret);
  expect(JSON.stringify(await findWebhook(scoped(), first.row.id))).not.toContain("whsec_");
  const { rows } = await sql<{ text: string }>`SELECT audit_event::text AS text FROM audit_event`.execute(db.read);
  expect(rows.length).toBeGreaterThan(0);
  for (const { text } of rows) expect(text).not.toContain("whsec_");
});

test("what is rolled back is not sent", async () => {
  await make();
  const cause = db.write.transaction().execute(async (tx) => {
    await publishEvent(tx, { subscriptionId: null, type: "api.eos", data: {}, nowMs: now });
    throw new Error("the cause failed");
  });
  await expect(cause).rejects.toThrow("the cause failed");
  await send();
  expect(receiver.received).toHaveLength(0);
});

test("a webhook hears what it listens to, of its own subscription and of all", async () => {
  const all = await make();
  const notes = await make({ events: ["release.note"] });
  await publish({ n: 1 });
  await publish({ n: 2 }, 1);
  await publish({ n: 3 }, 2);
  expect(await deliveries(all.row.id)).toHaveLength(2);
  expect(await deliveries(notes.row.id)).toHaveLength(0);
});

test("after 500 and after a refused connection it comes again, later and later, as the same message", async () => {
  const { row, secret } = await make();
  const { url } = receiver;
  receiver.answer = (response) => response.writeHead(500).end("the receiver's own words");
  await publish();
  await send();
  expect(await deliveries(row.id)).toMatchObject([
    { status: "PENDING", attempts: 1, last_status: 500, last_error: "answered 500" },
  ]);
  await send();
  expect(receiver.received).toHaveLength(1);
  now += 50_000;
  await changeWebhook(scoped(), actor(), row.id, { url: "http://127.0.0.1:1/" });
  await send();
  const [refused] = await deliveries(row.id);
  expect(refused).toMatchObject({
    status: "PENDING",
    attempts: 2,
    last_status: null,
    last_error: "connection refused",
  });
  expect((refused?.next_attempt_at.getTime() ?? 0) - now).toBeGreaterThanOrEqual(64_000);
  now += 100_000;
  await changeWebhook(scoped(), actor(), row.id, { url });
  receiver.answer = (response) => response.writeHead(200).end();
  await send();
  expect(await deliveries(row.id)).toMatchObject([{ status: "DELIVERED", attempts: 3, last_error: null }]);
  const [first, last] = receiver.received as [Received, Received];
  expect(last.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
  expect(last.body).toBe(first.body);
  expect(last.headers["webhook-timestamp"]).toBe(String(Math.floor(now / 1000)));
  expect(isSigned(last, secret)).toBe(true);
});

test("stopped while the receiver holds the message, it is sent again: at least once, and one row", async () => {
  const { row } = await make();
  await publish();
  const stopping = new AbortController();
  receiver.answer = () => stopping.abort(new Error("the server is stopping"));
  await send({ signal: stopping.signal });
  expect(await deliveries(row.id)).toMatchObject([{ status: "PENDING", attempts: 0 }]);
  receiver.answer = (response) => response.writeHead(200).end();
  await send();
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(receiver.received).toHaveLength(2);
  expect(await deliveries(row.id)).toMatchObject([{ status: "DELIVERED", attempts: 1 }]);
});

test("after the last attempt the webhook is disabled, and what waits for it is given up", async () => {
  const { row } = await make();
  receiver.answer = (response) => response.writeHead(503).end();
  await publish({ n: 1 });
  const start = now;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (attempt === MAX_ATTEMPTS) await publish({ n: 2 });
    await send();
    now = Math.max(now, ...(await deliveries(row.id)).map(({ next_attempt_at }) => next_attempt_at.getTime()));
  }
  expect(receiver.received).toHaveLength(MAX_ATTEMPTS);
  expect(now - start).toBeGreaterThan(15 * 3_600_000);
  const hook = await findWebhook(scoped(), row.id);
  expect(hook).toMatchObject({ is_enabled: false, disabled_reason: expect.stringContaining("answered 503") });
  expect((await deliveries(row.id)).map(({ status }) => status)).toEqual(["FAILED", "FAILED"]);
  await publish({ n: 3 });
  await expect(pingWebhook(scoped(), parts(), actor(), row.id)).rejects.toMatchObject({ code: "conflict" });
  expect(await deliveries(row.id)).toHaveLength(2);
  await changeWebhook(scoped(), actor(), row.id, { isEnabled: true });
  expect(await findWebhook(scoped(), row.id)).toMatchObject({ is_enabled: true, disabled_reason: null });
});

test("410 disables at once", async () => {
  const { row } = await make();
  receiver.answer = (response) => response.writeHead(410).end();
  await publish();
  await send();
  expect(await findWebhook(scoped(), row.id)).toMatchObject({ is_enabled: false });
});

test("deleting a webhook, or disabling it, stops its messages", async () => {
  const [deleted, disabled] = [await make(), await make()];
  await publish();
  await removeWebhook(scoped(), actor(), deleted.row.id);
  await changeWebhook(scoped(), actor(), disabled.row.id, { isEnabled: false });
  await changeWebhook(scoped(), actor(), disabled.row.id, { isEnabled: true });
  await send();
  expect(receiver.received).toHaveLength(0);
  await expect(removeWebhook(scoped(), actor(), deleted.row.id)).rejects.toMatchObject({ code: "not-found" });
});

test("a new secret signs beside the former for a day", async () => {
  const { row, secret } = await make();
  const rotated = await rotateWebhook(scoped(), parts(), actor(), row.id);
  await publish({ n: 1 });
  await send();
  now += 24 * 3_600_000;
  await publish({ n: 2 });
  await send();
  const [during, after] = receiver.received as [Received, Received];
  expect([isSigned(during, secret), isSigned(during, rotated.secret)]).toEqual([true, true]);
  expect([isSigned(after, secret), isSigned(after, rotated.secret)]).toEqual([false, true]);
});

test("what cannot be recorded is not done: no webhook, and no secret that nobody was shown", async () => {
  const { row } = await make();
  const readAll = async () => (await sql`SELECT * FROM webhook`.execute(db.write)).rows;
  const before = await readAll();
  await sql`
    ALTER TABLE audit_event ADD CONSTRAINT full_disk CHECK (action !~ 'webhook.(create|rotate)$') NOT VALID`.execute(
    db.write,
  );
  try {
    await expect(make()).rejects.toThrow(/full_disk/);
    await expect(rotateWebhook(scoped(), parts(), actor(), row.id)).rejects.toThrow(/full_disk/);
  } finally {
    await sql`ALTER TABLE audit_event DROP CONSTRAINT full_disk`.execute(db.write);
  }
  expect(await readAll()).toEqual(before);
});

test("a redirect is not followed", async () => {
  const elsewhere = await startReceiver();
  const { row } = await make();
  receiver.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end();
  await publish();
  await send();
  await elsewhere.close();
  expect(elsewhere.received).toHaveLength(0);
  expect(await deliveries(row.id)).toMatchObject([{ status: "PENDING", last_status: 307 }]);
});

test("a receiver that does not answer holds up none but itself, and one that answers without end is not listened to", async () => {
  const silent = await startReceiver();
  silent.answer = () => undefined;
  const dead = await make({ url: silent.url });
  receiver.answer = (response) => {
    response.writeHead(200);
    const pour = () => {
      if (!response.destroyed) response.write("x".repeat(65_536), pour);
    };
    pour();
  };
  const alive = await make();
  await publish({ n: 1 });
  await publish({ n: 2 });
  await send({ timeoutMs: 300 });
  await silent.close();
  expect((await deliveries(alive.row.id)).map(({ status }) => status)).toEqual(["DELIVERED", "DELIVERED"]);
  expect(await deliveries(dead.row.id)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ status: "PENDING", attempts: 1, last_error: "no answer in time" }),
      expect.objectContaining({ status: "PENDING", attempts: 0 }),
    ]),
  );
});

test("who has many messages sends one at a time: more slow receivers than are sent to at once hold up nobody else", async () => {
  const all = await Promise.all(Array.from({ length: 9 }, () => make()));
  await publish({ n: 1 });
  now += 1000;
  await publish({ n: 2 });
  const held: (() => void)[] = [];
  let firsts = 0;
  receiver.answer = (response) => {
    const answer = () => response.writeHead(204).end();
    const isFirst = JSON.parse(receiver.received.at(-1)?.body ?? "").data.n === 1;
    if (isFirst) firsts += 1;
    if (isFirst) answer();
    else held.push(answer);
    // A second message is answered only after everybody's first has come.
    if (firsts === all.length) for (const go of held.splice(0)) go();
  };
  await send({ timeoutMs: 2000 });
  for (const { row } of all) {
    expect((await deliveries(row.id)).map(({ status }) => status)).toEqual(["DELIVERED", "DELIVERED"]);
  }
});

test("a tenant's webhook does not reach this machine, whatever its name says", async () => {
  for (const url of [receiver.url, "http://localhost/", "http://[::1]/"]) {
    await expect(createWebhook(scoped(2), actor(2), { url })).rejects.toMatchObject({
      code: "invalid-parameter",
    });
  }
  // A name that leads here only when it is looked up; written past the first check.
  const { row } = await createWebhook(scoped(2), actor(2), { url: "http://receiver.example/" });
  const named = receiver.url.replace("127.0.0.1", "localhost");
  for (const url of [named, receiver.url]) {
    await sql`UPDATE webhook SET url = ${url} WHERE id = ${row.id}`.execute(db.write);
    now += 24 * 3_600_000;
    await publish({}, 2);
    await send();
  }
  expect(receiver.received).toHaveLength(0);
  const failed = await listDeliveries(scoped(2), row.id);
  expect(failed.filter(({ last_error }) => last_error?.includes("one of this machine")).length).toBeGreaterThan(0);
  expect(failed.every(({ last_status }) => last_status === null)).toBe(true);
});

test("a webhook of another subscription is not found", async () => {
  const { row } = await make();
  const asks = [
    () => findWebhook(scoped(2), row.id),
    () => changeWebhook(scoped(2), actor(2), row.id, { isEnabled: false }),
    () => rotateWebhook(scoped(2), parts(), actor(2), row.id),
    () => pingWebhook(scoped(2), parts(), actor(2), row.id),
    () => removeWebhook(scoped(2), actor(2), row.id),
  ];
  for (const ask of asks) await expect(ask()).rejects.toMatchObject({ code: "not-found" });
});

test("what is done with is forgotten after a month", async () => {
  const { row } = await make();
  await publish();
  await send();
  now += 31 * 24 * 3_600_000;
  await createOutboxTask({ db, clock: () => now }).run(OUTBOX_KEY, { signal: new AbortController().signal });
  expect(await deliveries(row.id)).toEqual([]);
});

test("attempts are spread over about a day, each pause within a fifth of twice the one before", () => {
  const total = (random: number) =>
    Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => retryDelayMs(index + 1, random)).reduce((a, b) => a + b);
  expect(total(0) / 3_600_000).toBeGreaterThan(18);
  expect(total(1) / 3_600_000).toBeLessThan(28);
  expect([retryDelayMs(1, 0), retryDelayMs(1, 1), retryDelayMs(2, 0.5)]).toEqual([32_000, 48_000, 80_000]);
});
