import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSandbox, runCli, type Sandbox } from "../testing/cli-process.fixture.ts";

let installation: TestInstallation;
let sandbox: Sandbox;
let importDir: string;
beforeAll(async () => {
  importDir = await mkdtemp(join(tmpdir(), "cli-import-"));
  installation = await startInstallation({ environment: { importDir } });
  sandbox = await createSandbox();
});
afterAll(async () => {
  await sandbox?.remove();
  await installation?.close();
  await rm(importDir, { recursive: true, force: true });
});

/** What it prints as JSON; undefined when it failed. */
async function run(...args: string[]) {
  const env = {
    BREAKWATER_URL: installation.url,
    BREAKWATER_USERNAME: MANAGER.username,
    BREAKWATER_PASSWORD: MANAGER.password,
  };
  const { code, stdout, stderr } = await runCli(sandbox, [...args, "--output", "json"], env);
  return { code, stderr, value: code === 0 ? JSON.parse(stdout) : undefined };
}

test("a schedule is created, changed, run and deleted by its name", async () => {
  const created = await run(
    "schedule",
    "create",
    "Weekly",
    "--every",
    "monday,friday",
    "--at",
    "06:30",
    "--time-zone",
    "UTC",
  );
  const rhythm = { every: "WEEK", weekdays: ["MONDAY", "FRIDAY"], at: "06:30", timeZone: "UTC" };
  expect(created).toMatchObject({ code: 0, value: { name: "Weekly", reportFormat: "JSON", rhythm, isEnabled: true } });
  const changed = await run("schedule", "update", "weekly", "--every", "60m", "--format", "csv", "--no-enable");
  const every = { every: "MINUTES", minutes: 60 };
  expect(changed.value).toMatchObject({ rhythm: every, reportFormat: "CSV", isEnabled: false });
  expect((await run("schedule", "run", "Weekly")).value).toMatchObject({ lastReport: { id: expect.any(String) } });
  expect((await run("schedule", "list")).value).toMatchObject([{ name: "Weekly", lastFault: null }]);
  expect(await run("schedule", "create", "Often", "--every", "1m")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("minutes must be at least 15"),
  });
  expect((await run("schedule", "delete", "Weekly", "--yes")).code).toBe(0);
});

test("business entities and the trend are shown", async () => {
  await run("tag", "create", "Plant", "--criticality", "4");
  expect((await run("entity", "list")).value).toMatchObject([{ name: "Plant", criticality: 4, assetCount: 0 }]);
  expect((await run("entity", "show", "plant")).value).toMatchObject({ truRiskScore: null });
  const days = await run("trend", "--from", "2026-01-01", "--to", "2026-01-03", "--tag", "Plant");
  expect(days.value.map(({ day }: { day: string }) => day)).toEqual(["2026-01-01", "2026-01-02", "2026-01-03"]);
  expect(await run("trend", "--tag", "Nowhere")).toMatchObject({ code: 1, stderr: expect.stringContaining("no tag") });
});

test("a connection's folder is watched, shown and left", async () => {
  await run("connection", "create", "Plant north");
  const watched = await run("connection", "watch", "plant north", "--folder", "north/scans", "--every", "2m", "--now");
  const rhythm = { every: "MINUTES", minutes: 2 };
  expect(watched).toMatchObject({ code: 0, value: { folder: "north/scans", rhythm } });
  expect((await run("connection", "watch", "Plant north")).value).toMatchObject({ folder: "north/scans", rhythm });
  expect((await run("connection", "unwatch", "Plant north")).code).toBe(0);
  expect(await run("connection", "watch", "Plant north")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("watches no folder"),
  });
});
