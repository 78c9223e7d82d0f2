import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "@breakwater/contract";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Caller, Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { openDatabase } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { type Seeded, seedWorld } from "../findings-read/seed.fixture.ts";
import { plainWorld } from "../reports/plain-world.fixture.ts";
import { openReportHarness, type ReportHarness } from "../reports/report-harness.fixture.ts";
import { prepareInstallation } from "../users/index.ts";
import { createSchedulesModule } from "./index.ts";
import { createScheduleTask } from "./schedule-task.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 2, 20, 12);
const daily = { every: "DAY", at: "03:00", timeZone: "UTC" } as const;

let harness: ReportHarness;
let db: Database;
let seeded: Seeded;
let roles: Map<string, number>;
let made = 0;

beforeAll(async () => {
  harness = await openReportHarness({ nowMs: START });
  db = harness.db;
  await prepareInstallation(db, { username: "boss", password: "Correct-horse-7-battery" });
  const { rows } = await sql<{ id: number; name: string }>`SELECT id, name FROM role WHERE subscription_id = 1`.execute(
    db.write,
  );
  roles = new Map(rows.map(({ id, name }) => [name, id]));
  seeded = await seedWorld(db, plainWorld(4), 1);
});
afterAll(() => harness.close());
beforeEach(async () => {
  harness.clock.nowMs = START;
  await sql`TRUNCATE report_schedule, report CASCADE`.execute(db.write);
});

/** A user in the database, and as the caller that log-in would make of them. */
async function person(role: string, tags: readonly number[] | null): Promise<Caller> {
  const username = `person_${++made}`;
  const { rows } = await sql<{ id: number }>`
    INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope, scope_tag_ids)
    VALUES (1, ${username}, '', ${roles.get(role)}, ${tags === null}, ${[...(tags ?? [])]}::integer[]) RETURNING id`.execute(
    db.write,
  );
  const scope: Scope = tags === null ? { kind: "all" } : { kind: "tags", tagIds: tags };
  const account = { kind: "user" as const, id: rows[0]!.id };
  return { subscriptionId: 1, isOperator: true, account, username, role, permissions: new Set(PERMISSIONS), scope };
}

type Schedule = {
  id: string;
  name: string;
  isEnabled: boolean;
  nextRunDate: number | null;
  lastRunDate: number | null;
  lastReport: { id: string; status: string; recordCount: number } | null;
  lastFault: string | null;
};

const parts = (on: Database = db) => ({
  db: on,
  clock: () => harness.clock.nowMs,
  jobs: () => ({
    enqueue: async (task: string, key: { subscriptionId: number; id: string }) =>
      void harness.woken.push({ task, key }),
  }),
});

async function call<T = Schedule>(
  verb: string,
  caller: Caller,
  input: { id?: string; body?: object; query?: object } = {},
): Promise<T> {
  const { bindings } = createSchedulesModule({ ...parts(), jobs: parts().jobs() } as never);
  const binding = bindings.find(({ operation }) => operation.id === `etm.report-schedule.${verb}`)!;
  const request = {
    caller,
    db: scopeTo(db, caller),
    address: "192.0.2.1",
    params: { scheduleId: input.id },
    query: input.query ?? {},
    body: input.body,
  };
  return ((await binding.handle(request as never)) as { value: T }).value;
}

const create = (caller: Caller, body: object = {}) =>
  call("create", caller, { body: { name: "Nightly", reportFormat: "JSON", rhythm: daily, ...body } });

/** What the sweep of unfinished jobs does. */
async function sweep(on: Database = db): Promise<number> {
  const task = createScheduleTask(parts(on));
  const due = await task.listUnfinished();
  for (const key of due) await task.run(key, { signal: new AbortController().signal });
  return due.length;
}

type ReportRow = {
  created_by: string;
  has_full_scope: boolean;
  scope_tag_ids: number[];
  name: string;
  created_at: Date;
};

async function reports(): Promise<ReportRow[]> {
  const { rows } = await sql<ReportRow>`SELECT * FROM report ORDER BY created_at`.execute(db.write);
  return rows;
}

describe("a schedule", () => {
  test("makes its report when it is due, once, and not before", async () => {
    const owner = await person("Reader", null);
    const { id, nextRunDate } = await create(owner, { name: "Open ones", findingsQql: "finding.severity>=4" });
    expect(nextRunDate).toBe(Date.UTC(2026, 2, 21, 3));
    expect(await sweep()).toBe(0);
    harness.clock.nowMs = nextRunDate! - 1;
    expect(await sweep()).toBe(0);
    harness.clock.nowMs = nextRunDate!;
    expect(await sweep()).toBe(1);
    expect(await sweep()).toBe(0);
    expect(await reports()).toMatchObject([{ created_by: owner.username, name: "Open ones", has_full_scope: true }]);
    await harness.runWoken();
    expect(await call("get", owner, { id })).toMatchObject({
      lastRunDate: nextRunDate,
      nextRunDate: nextRunDate! + DAY,
      lastReport: { status: "COMPLETED", recordCount: 1 },
      lastFault: null,
    });
  });

  test("sees what its creator sees at the time of the run", async () => {
    const [plantA, plantB] = seeded.tagIds as [number, number];
    const owner = await person("Reader", [plantA]);
    const { id } = await create(owner);
    harness.clock.nowMs += DAY;
    await sql`UPDATE app_user SET scope_tag_ids = ${[plantB]}::integer[] WHERE username = ${owner.username}`.execute(
      db.write,
    );
    await sweep();
    expect(await reports()).toMatchObject([{ has_full_scope: false, scope_tag_ids: [plantB] }]);
    await harness.runWoken();
    const moved = { ...owner, scope: { kind: "tags" as const, tagIds: [plantB] } };
    expect((await call("get", moved, { id })).lastReport).toMatchObject({ recordCount: 2 });
    // Who no longer sees as much is not told of it.
    expect((await call("get", owner, { id })).lastReport).toBeNull();
  });

  test("runs once for all times at which no server ran", async () => {
    await create(await person("Reader", null));
    harness.clock.nowMs += 10 * DAY;
    expect(await sweep()).toBe(1);
    expect(await sweep()).toBe(0);
    expect((await reports()).length).toBe(1);
    harness.clock.nowMs += DAY;
    expect(await sweep()).toBe(1);
  });

  test("runs once, however many nodes try", async () => {
    const { id } = await create(await person("Reader", null));
    harness.clock.nowMs += DAY;
    const nodes = Array.from({ length: 3 }, () => openDatabase({ connection: harness.url }));
    const runs = nodes.flatMap((node) => {
      const task = createScheduleTask(parts(node));
      return [1, 2].map(() => task.run({ subscriptionId: 1, id }, { signal: new AbortController().signal }));
    });
    await Promise.all(runs);
    await Promise.all(nodes.map((node) => node.close()));
    expect((await reports()).length).toBe(1);
  });

  test("runs once over the changes of summer time, each day", async () => {
    await create(await person("Reader", null), { rhythm: { every: "DAY", at: "02:30", timeZone: "Europe/Berlin" } });
    for (const end = Date.UTC(2026, 2, 31, 12); harness.clock.nowMs < end; harness.clock.nowMs += DAY / 24) {
      await sweep();
      // One that nobody has begun would be joined by the next.
      await harness.runWoken();
    }
    const times = (await reports()).map(({ created_at }) => created_at.toISOString().slice(5, 13));
    // The sweep comes by every hour. On the 29th clocks skip 02:30.
    const before = ["21", "22", "23", "24", "25", "26", "27", "28"].map((day) => `03-${day}T02`);
    expect(times).toEqual([...before, "03-29T02", "03-30T01", "03-31T01"]);
  });

  test("a run that is undone is made again, one that is killed too, and none twice", async () => {
    const { id } = await create(await person("Reader", null));
    harness.clock.nowMs += DAY;
    await sql`CREATE FUNCTION full_log() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'full'; END$$`.execute(
      db.write,
    );
    await sql`CREATE TRIGGER full_log BEFORE INSERT ON audit_event EXECUTE FUNCTION full_log()`.execute(db.write);
    await expect(sweep()).rejects.toThrow("full");
    await sql`DROP TRIGGER full_log ON audit_event`.execute(db.write);
    expect((await reports()).length).toBe(0);
    await killInTheMiddle(id);
    expect((await reports()).length).toBe(0);
    expect(await sweep()).toBe(1);
    expect((await reports()).length).toBe(1);
    expect(await sweep()).toBe(0);
  });

  test("whose report was not woken is found by the sweep of reports", async () => {
    await create(await person("Reader", null));
    harness.clock.nowMs += DAY;
    const task = createScheduleTask({
      ...parts(),
      jobs: () => ({ enqueue: () => Promise.reject(new Error("killed")) }),
    });
    for (const key of await task.listUnfinished()) {
      await task.run(key, { signal: new AbortController().signal });
    }
    expect(await harness.tasks[0]!.listUnfinished()).toHaveLength(1);
    expect(await sweep()).toBe(0);
  });
});

test("schedules are listed by pages, and two that are made at once do not exceed what may be", async () => {
  const owner = await person("Manager", null);
  const rhythm = JSON.stringify(daily);
  await sql`INSERT INTO report_schedule (subscription_id, name, format, rhythm, user_id, created_by, created_at)
    SELECT 1, 'S' || to_char(n, 'FM000'), 'JSON', ${rhythm}::jsonb, ${owner.account.id}::integer, 'x', now()
    FROM generate_series(1, 499) AS n`.execute(db.write);
  const names = async (query: object) => (await call<Schedule[]>("list", owner, { query })).map(({ name }) => name);
  expect(await names({ pageNumber: 249, pageSize: 2 })).toEqual(["S499"]);
  expect((await names({ pageSize: 500 })).length).toBe(100);
  expect((await names({})).length).toBe(50);
  const made = await Promise.allSettled(Array.from({ length: 6 }, () => create(owner)));
  expect(made.map(({ status }) => status).sort()).toEqual([
    "fulfilled",
    ...Array.from({ length: 5 }, () => "rejected"),
  ]);
});

/** Kills a process that runs the schedule, before it can commit. */
async function killInTheMiddle(id: string): Promise<void> {
  const holder = await db.connect();
  await holder.query("BEGIN");
  await holder.query("SELECT FROM audit_chain WHERE chain = 1 FOR UPDATE");
  const order = { connection: harness.url, key: { subscriptionId: 1, id }, nowMs: harness.clock.nowMs };
  const program = fileURLToPath(new URL("./run-schedule.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ["ignore", "ignore", "inherit"] });
  const waiting = async () => {
    const { rows } = await sql`SELECT FROM pg_stat_activity WHERE application_name = 'schedule-child'
      AND datname = current_database() AND wait_event_type = 'Lock'`.execute(db.write);
    return rows.length > 0;
  };
  while (!(await waiting())) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGKILL");
  await once(child, "exit");
  await holder.query("ROLLBACK");
  await holder.end();
  const gone = async () => {
    const { rows } = await sql`SELECT FROM pg_stat_activity WHERE application_name = 'schedule-child'
      AND datname = current_database()`.execute(db.write);
    return rows.length === 0;
  };
  while (!(await gone())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a creator who may not", () => {
  const end: [string, (caller: Caller) => Promise<unknown>, RegExp][] = [
    [
      "is inactive",
      ({ username }) => sql`UPDATE app_user SET status = 'INACTIVE' WHERE username = ${username}`.execute(db.write),
      /may not call/,
    ],
    [
      "is deleted",
      ({ username }) => sql`DELETE FROM app_user WHERE username = ${username}`.execute(db.write),
      /may not call/,
    ],
    [
      "has lost the permission",
      ({ username }) =>
        sql`UPDATE app_user SET role_id = ${roles.get("User Administrator")} WHERE username = ${username}`.execute(
          db.write,
        ),
      /no longer the permission ETM API Access/,
    ],
  ];
  test.each(end)("%s: nothing is made, and the schedule says why", async (_, act, reason) => {
    const owner = await person("Reader", null);
    const { id } = await create(owner);
    await act(owner);
    harness.clock.nowMs += DAY;
    expect(await sweep()).toBe(1);
    expect(await reports()).toEqual([]);
    const boss = await person("Manager", null);
    expect(await call("get", boss, { id })).toMatchObject({
      lastReport: null,
      lastFault: expect.stringMatching(reason),
      lastRunDate: harness.clock.nowMs,
      nextRunDate: harness.clock.nowMs + DAY - 9 * (DAY / 24),
    });
    const { rows } = await sql`SELECT actor, result FROM audit_event WHERE action = 'etm.report-schedule.run'
      ORDER BY id DESC LIMIT 1`.execute(db.write);
    expect(rows).toEqual([{ actor: owner.username, result: "failure" }]);
  });

  test("is a client that was revoked; before, its report has the client's scope", async () => {
    const { rows } = await sql<{ id: string }>`
      INSERT INTO api_client (subscription_id, name, modules, permissions, has_full_scope, secret_hash, created_by, created_at)
      VALUES (1, 'feed', '{ETM}', '{"ETM API Access"}', true, '', 'boss', now()) RETURNING id`.execute(db.write);
    const account = { kind: "client" as const, id: rows[0]!.id };
    const client: Caller = { ...(await person("Reader", null)), account, username: "client:feed" };
    const { id } = await create(client);
    harness.clock.nowMs += DAY;
    await sweep();
    expect(await reports()).toMatchObject([{ created_by: "client:feed", has_full_scope: true }]);
    await sql`UPDATE api_client SET revoked_at = now()`.execute(db.write);
    harness.clock.nowMs += DAY;
    await sweep();
    expect(await reports()).toHaveLength(1);
    expect((await call("get", client, { id })).lastFault).toMatch(/revoked/);
  });
});

describe("who sees and changes it", () => {
  test("its creator, and by full scope everybody sees it; Managers among them change it", async () => {
    const [plantA] = seeded.tagIds as [number];
    const owner = await person("Reader", [plantA]);
    const other = await person("Reader", [plantA]);
    const wide = await person("Reader", null);
    const boss = await person("Manager", null);
    const { id } = await create(owner);
    const listed = async (caller: Caller) => (await call<Schedule[]>("list", caller)).map((one) => one.id);
    expect(await Promise.all([owner, other, wide, boss].map(listed))).toEqual([[id], [], [id], [id]]);
    for (const verb of ["get", "update", "run", "delete"]) {
      await expect(call(verb, other, { id, body: { name: "x" } })).rejects.toMatchObject({ code: "not-found" });
    }
    for (const verb of ["update", "run", "delete"]) {
      await expect(call(verb, wide, { id, body: { name: "x" } })).rejects.toMatchObject({
        code: "permission-required",
      });
    }
    expect(await call("run", boss, { id })).toMatchObject({
      lastRunDate: START,
      nextRunDate: Date.UTC(2026, 2, 21, 3),
    });
    expect(await reports()).toMatchObject([{ created_by: owner.username, scope_tag_ids: [plantA] }]);
    const { rows } = await sql`SELECT actor, address FROM audit_event WHERE action = 'etm.report-schedule.run'
      ORDER BY id DESC LIMIT 1`.execute(db.write);
    expect(rows).toEqual([{ actor: boss.username, address: "192.0.2.1" }]);
    expect(await call("update", owner, { id, body: { name: "Mine" } })).toMatchObject({ name: "Mine" });
    const { bindings } = createSchedulesModule({ ...parts(), jobs: parts().jobs() } as never);
    const removal = bindings.find(({ operation }) => operation.id === "etm.report-schedule.delete")!;
    await removal.handle({ caller: boss, db: scopeTo(db, boss), address: "", params: { scheduleId: id } } as never);
    expect(await listed(owner)).toEqual([]);
    expect(await reports()).toHaveLength(1);
  });

  test("a user sees those of the own clients", async () => {
    const owner = await person("Reader", []);
    const userId = (owner.account as { id: number }).id;
    const { rows } = await sql<{ id: string }>`
      INSERT INTO api_client (subscription_id, name, user_id, modules, secret_hash, created_by, created_at)
      VALUES (1, 'mine', ${userId}, '{ETM}', '', 'boss', now()) RETURNING id`.execute(db.write);
    const client: Caller = { ...owner, account: { kind: "client", id: rows[0]!.id } };
    const { id } = await create(client);
    expect(await call<Schedule[]>("list", owner)).toMatchObject([{ id }]);
    // And not the other way round: a client has what it made.
    await create(owner, { name: "Own" });
    expect(await call<Schedule[]>("list", client)).toMatchObject([{ id }]);
  });
});

describe("settings", () => {
  test.each([
    [{ reportFormat: "PDF" }, "invalid-parameter", /reportFormat/],
    [{ findingsQql: "finding.sevrity:5" }, "invalid-query", /findingsQql.*Invalid QQL token/],
    [{ assetQql: "asset.name:(" }, "invalid-query", /assetQql/],
    [{ name: "a\u202eb" }, "invalid-parameter", /name/],
    [{ description: "a\0b" }, "invalid-parameter", /U\+0000/],
    [{ rhythm: { every: "MINUTES", minutes: 5 } }, "invalid-parameter", /minutes must be at least 15/],
    [{ rhythm: { every: "DAY", at: "03:00", timeZone: "Nowhere" } }, "invalid-parameter", /rhythm: timeZone/],
  ])("%j are refused", async (body, code, message) => {
    const owner = await person("Reader", null);
    await expect(create(owner, body)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    const { id } = await create(owner);
    await expect(call("update", owner, { id, body })).rejects.toMatchObject({ code });
  });

  test("disabled it does not run; enabled it goes on from then", async () => {
    const owner = await person("Reader", null);
    const { id } = await create(owner);
    expect(await call("update", owner, { id, body: { isEnabled: false } })).toMatchObject({
      isEnabled: false,
      nextRunDate: null,
    });
    harness.clock.nowMs += 5 * DAY;
    expect(await sweep()).toBe(0);
    const enabled = await call("update", owner, { id, body: { isEnabled: true } });
    expect(enabled.nextRunDate).toBe(Date.UTC(2026, 2, 26, 3));
  });

  test("a change of anything but the rhythm leaves what is due, one of the rhythm reckons anew", async () => {
    const owner = await person("Reader", null);
    const { id, nextRunDate } = await create(owner);
    harness.clock.nowMs += 3 * DAY;
    expect(await call("update", owner, { id, body: { description: "x" } })).toMatchObject({ nextRunDate });
    const rhythm = { every: "MONTH", dayOfMonth: 31, at: "06:00", timeZone: "UTC" };
    const changed = await call("update", owner, { id, body: { rhythm } });
    expect(changed.nextRunDate).toBe(Date.UTC(2026, 2, 31, 6));
  });
});
