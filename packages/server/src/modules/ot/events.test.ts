import { otEventList } from "@breakwater/contract";
import { parseCapture } from "@breakwater/formats/capture/index";
import type { CaptureEvent, ProcessEventRecord } from "@breakwater/formats/records";
import { writeControlTour } from "@breakwater/simulator/capture/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { Check, Errors } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { createSubscription, identity, importCapture } from "./capture-run.fixture.ts";
import { createEventRetentionTask } from "./event-retention-task.ts";
import { type EventQuery, listEvents } from "./event-service.ts";

const T = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;
/** When the fixture's imports are. */
const IMPORTED_AT = Date.UTC(2026, 0, 1);

let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

async function list(
  subscriptionId: number,
  query: EventQuery = {},
  scope: Scope = { kind: "all" },
  pages: { pageNumber: number; pageSize: number } = { pageNumber: 0, pageSize: 100 },
) {
  return await listEvents(scopeTo(db, { subscriptionId, scope }), query, pages, T);
}

async function tour(): Promise<CaptureEvent[]> {
  const events: CaptureEvent[] = [];
  async function* source() {
    yield writeControlTour({ format: "pcap", startAt: T });
  }
  for await (const batch of parseCapture(source())) events.push(...batch);
  return events;
}

function event(over: Partial<ProcessEventRecord>): CaptureEvent {
  const ends = { clientIp: "10.0.0.9", serverIp: "10.0.0.1" };
  const times = { startedAt: T, endedAt: T, messages: 1, frame: 1 };
  return { type: "event", event: { kind: "STOP", protocol: "s7comm", ...ends, detail: "", ...times, ...over } };
}

describe("process-integrity events", () => {
  it("are told with both hosts and their evidence, newest first, as the contract says", async () => {
    const plant = await createSubscription(db);
    const jobId = "00000000-0000-4000-8000-00000000e001";
    await importCapture(db, plant, await tour(), { jobId });
    const { events, count } = await list(plant, { address: "192.168.31.80" });
    expect(count).toBe(4);
    expect(events.map(({ kind, detail, messageCount }) => [kind, detail, messageCount])).toEqual([
      ["PROGRAM_UPLOAD", "DB 42", 3],
      ["START", "PLC start", 1],
      ["PROGRAM_DOWNLOAD", "OB 1", 1000],
      ["STOP", "PLC stop", 1],
    ]);
    expect(events[2]).toMatchObject({
      protocol: "s7comm",
      network: "default",
      client: { address: "192.168.31.200", assetId: expect.any(Number), name: "192.168.31.200" },
      server: { address: "192.168.31.80", assetId: expect.any(Number) },
      started: new Date(T + 108).toISOString(),
      ended: new Date(T + 1107).toISOString(),
      evidence: { importId: jobId, frame: 108 },
    });
    const { schema } = otEventList.responses[200];
    expect([...Errors(schema, events)]).toEqual([]);
    expect(Check(schema, events)).toBe(true);
  });

  it("are the same when the capture is imported again, also where it was cut", async () => {
    const plant = await createSubscription(db);
    const all = await tour();
    const download = all.find((one) => one.type === "event" && one.event.messages === 1000);
    if (download?.type !== "event") throw new Error("the tour has a download of 1000 messages");
    const cut = { ...download, event: { ...download.event, messages: 7, detail: "cut", endedAt: T + 200 } };
    await importCapture(db, plant, [cut]);
    await importCapture(db, plant, all);
    const first = await list(plant);
    await importCapture(db, plant, all);
    await importCapture(db, plant, [cut]);
    expect(await list(plant)).toEqual(first);
    expect(first.count).toBe(all.filter(({ type }) => type === "event").length);
    expect(first.events.filter(({ messageCount }) => messageCount === 1000)).toHaveLength(1);
    await importCapture(db, plant, [cut], { network: "north" });
    expect((await list(plant)).count).toBe(first.count + 1);
  });

  it("are counted and paged by kind, protocol, address and time, each exactly once", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [
      event({ startedAt: T, endedAt: T + DAY }),
      event({ startedAt: T, endedAt: T, kind: "START" }),
      event({ startedAt: T + DAY, endedAt: T + DAY, protocol: "cip", serverIp: "10.0.0.2" }),
      event({ startedAt: T + DAY, endedAt: T + DAY, protocol: "cip", serverIp: "fd00::2" }),
    ]);
    const countOf = async (query: EventQuery) => (await list(plant, query)).count;
    expect(await countOf({})).toBe(4);
    expect(await countOf({ kind: "START" })).toBe(1);
    expect(await countOf({ protocol: " CIP " })).toBe(2);
    expect(await countOf({ address: "10.0.0.9" })).toBe(4);
    expect(await countOf({ address: "FD00::2" })).toBe(1);
    expect(await countOf({ from: new Date(T + DAY).toISOString() })).toBe(3);
    expect(await countOf({ to: new Date(T + DAY).toISOString() })).toBe(2);
    expect(await countOf({ to: new Date(T).toISOString() })).toBe(0);
    const pages = await Promise.all(
      [0, 1, 2, 3, 4].map(
        async (pageNumber) => (await list(plant, {}, { kind: "all" }, { pageNumber, pageSize: 1 })).events,
      ),
    );
    expect(pages.flat()).toEqual((await list(plant)).events);
    expect(pages[4]).toEqual([]);
  });

  it("are seen by who sees either host, whose name alone is then told", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [
      identity({ ip: "10.0.0.1" }, { deviceName: "mixer" }, T),
      identity({ ip: "10.0.0.2" }, { deviceName: "filler" }, T),
      identity({ ip: "10.0.0.9" }, { deviceName: "station" }, T),
      event({}),
      event({ serverIp: "10.0.0.2" }),
      event({ serverIp: "10.0.0.3", clientIp: "10.0.0.4" }),
    ]);
    await sql`UPDATE asset SET tag_ids = '{7}' WHERE subscription_id = ${plant} AND name = 'mixer'`.execute(db.write);
    const seen = await list(plant, {}, { kind: "tags", tagIds: [7] } as Scope);
    expect(seen.count).toBe(1);
    expect(seen.events).toMatchObject([{ client: { assetId: null, name: null }, server: { name: "mixer" } }]);
    expect((await list(plant, {}, { kind: "tags", tagIds: [8] } as Scope)).count).toBe(0);
    expect((await list(plant)).count).toBe(3);
    expect((await list(await createSubscription(db))).count).toBe(0);
  });

  it("beyond 20,000 of one file are left out, which is said", async () => {
    const plant = await createSubscription(db);
    const many = Array.from({ length: 20_003 }, (_, at) => event({ startedAt: T + at, endedAt: T + at }));
    const { issues } = await importCapture(db, plant, many);
    expect((await list(plant)).count).toBe(20_000);
    expect(issues).toMatchObject([{ code: "too-many-events", message: expect.stringContaining(" 3 ") }]);
  });
});

describe("the retention", () => {
  it("removes events 90 days after they were imported last", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [event({})]);
    let now = IMPORTED_AT + 90 * DAY - 1;
    const task = createEventRetentionTask(db, () => now);
    const run = async () => {
      for (const key of await task.listUnfinished()) await task.run(key, { signal: new AbortController().signal });
    };
    await run();
    expect((await list(plant)).count).toBe(1);
    now += 1;
    expect(await task.listUnfinished()).toHaveLength(1);
    await run();
    expect((await list(plant)).count).toBe(0);
    expect(await task.listUnfinished()).toEqual([]);
  });
});
