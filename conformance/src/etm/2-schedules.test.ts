import { expect } from "vitest";
import { Accounts } from "../accounts.ts";
import { bodyOf, call, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { poll } from "../poll.ts";
import { REPORTS, type Report } from "../reports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Schedule = {
  id: string;
  name: string;
  isEnabled: boolean;
  createdBy: string;
  nextRunDate: number | null;
  lastRunDate: number | null;
  lastReport: { id: string; status: string; recordCount: number } | null;
  lastFault: string | null;
};

const clock = new HandClock("2026-03-27T12:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const SCHEDULE = "/etm/1.0/report-schedule";
const body = {
  name: "Nightly",
  reportFormat: "JSON",
  findingsQql: "finding.severity>=4",
  rhythm: { every: "DAY", at: "02:30", timeZone: "Europe/Berlin" },
};

async function create(json: object, token?: string): Promise<Schedule> {
  const answer = await call(target, "POST", `${SCHEDULE}/create`, { token: token ?? (await logIn(target)), json });
  return bodyOf<Schedule>(answer, 201);
}

const show = async (id: string) => bodyOf<Schedule>(await get(target, `${SCHEDULE}/${id}`, await logIn(target)));

async function reportsCalled(name: string): Promise<Report[]> {
  const json = { limit: 1000 };
  const all = await bodyOf<Report[]>(
    await call(target, "POST", `${REPORTS}/list`, { token: await logIn(target), json }),
  );
  return all.filter((report) => report.name === name);
}

/** What is due runs at a start at the latest. */
async function startAt(time: string): Promise<void> {
  clock.set(time);
  await target.restart();
}

ownTest("etm 2 [B]: a scheduled report is made at its local time, over a change of summer time too", async () => {
  const host = {
    ip: "10.0.0.1",
    items: [4, 2].map((severity) => ({ pluginId: 1000 + severity, severity: severity as 4 })),
  };
  await importFile(target, await logIn(target), nessusFile([host]));
  const { id, nextRunDate, createdBy, isEnabled } = await create(body);
  expect([createdBy, isEnabled]).toEqual([target.manager.username, true]);
  expect(nextRunDate).toBe(Date.parse("2026-03-28T01:30:00Z"));
  await startAt("2026-03-28T01:30:00Z");
  const ran = await poll(
    () => show(id),
    ({ lastReport }) => lastReport?.status === "COMPLETED",
  );
  // On the 29th clocks skip 02:30: as much later.
  expect(ran).toMatchObject({ nextRunDate: Date.parse("2026-03-29T01:30:00Z"), lastFault: null });
  expect(ran.lastReport?.recordCount).toBe(1);
  expect(await reportsCalled("Nightly")).toMatchObject([{ id: ran.lastReport?.id, createdBy }]);
});

ownTest("etm 2 [B]: what was due several times while the server was down is made up for once", async () => {
  const { id } = await create({ ...body, name: "Missed" });
  await startAt("2026-04-10T12:00:00Z");
  const ran = await poll(
    () => show(id),
    ({ lastReport }) => lastReport?.status === "COMPLETED",
  );
  expect(ran.nextRunDate).toBe(Date.parse("2026-04-11T00:30:00Z"));
  await target.restart();
  expect(await reportsCalled("Missed")).toHaveLength(1);
});

ownTest("etm 2 [B]: a schedule runs as its creator, and not when they may not call any more", async () => {
  const accounts = new Accounts(target);
  const userId = await accounts.create("scheduler");
  const own = await logIn(target, { username: "scheduler", password: "a-long-pass-phrase-1" });
  const { id } = await create({ ...body, name: "As somebody", findingsQql: "" }, own);
  const run = async () => {
    const token = await logIn(target);
    return bodyOf<Schedule>(await call(target, "POST", `${SCHEDULE}/${id}/run`, { token }), 202);
  };
  await run();
  // Without a scope one sees nothing, and neither does one's report.
  const ran = await poll(
    () => show(id),
    ({ lastReport }) => lastReport?.status === "COMPLETED",
  );
  expect(ran).toMatchObject({ createdBy: "scheduler", lastReport: { recordCount: 0 } });
  await accounts.change(userId, { status: "INACTIVE" });
  expect(await run()).toMatchObject({ lastReport: null, lastFault: expect.stringContaining("may not call any more") });
  expect(await reportsCalled("As somebody")).toHaveLength(1);
});

ownTest("etm 2 [B]: schedules are listed, changed, disabled and deleted; others' are not there", async () => {
  const token = await logIn(target);
  const { id } = await create({ ...body, name: "Changing" });
  await new Accounts(target).create("onlooker");
  const other = await logIn(target, { username: "onlooker", password: "a-long-pass-phrase-1" });
  const json = { name: "Changed", isEnabled: false };
  for (const [method, path] of [
    ["GET", ""],
    ["PUT", ""],
    ["DELETE", ""],
    ["POST", "/run"],
  ] as const) {
    const { status } = await call(target, method, `${SCHEDULE}/${id}${path}`, {
      token: other,
      ...(method === "PUT" ? { json } : {}),
    });
    expect([method, status]).toEqual([method, 404]);
  }
  expect(await bodyOf(await get(target, `${SCHEDULE}/list`, other))).toEqual([]);
  const changed = await bodyOf<Schedule>(await call(target, "PUT", `${SCHEDULE}/${id}`, { token, json }));
  expect(changed).toMatchObject({ name: "Changed", isEnabled: false, nextRunDate: null });
  const list = await get(target, `${SCHEDULE}/list`, token);
  const names = (await bodyOf<Schedule[]>(list)).map(({ name }) => name);
  expect(names).toContain("Changed");
  expect(list.headers.get("count")).toBe(String(names.length));
  expect((await call(target, "DELETE", `${SCHEDULE}/${id}`, { token })).status).toBe(204);
  expect((await get(target, `${SCHEDULE}/${id}`, token)).status).toBe(404);
});

ownTest("etm 2 [B]: a schedule that could not run is refused", async () => {
  const token = await logIn(target);
  for (const [wrong, words] of [
    [{ rhythm: { ...body.rhythm, timeZone: "Europe/Atlantis" } }, "timeZone"],
    [{ rhythm: { every: "WEEK", at: "06:00", timeZone: "UTC" } }, "weekdays"],
    [{ rhythm: { every: "MINUTES", minutes: 1 } }, "minutes"],
    [{ findingsQql: "finding.sevrity:5" }, "Invalid QQL token"],
    [{ reportFormat: "DOCX" }, "reportFormat"],
  ] as const) {
    const response = await call(target, "POST", `${SCHEDULE}/create`, { token, json: { ...body, ...wrong } });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(words)]);
  }
});
