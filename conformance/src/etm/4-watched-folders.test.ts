import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { followImport, type ImportJob } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { poll } from "../poll.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Folder = {
  folder: string;
  importedCount: number;
  waitingCount: number;
  lastPoll: string | null;
  lastFault: string | null;
  failedImports: { importId: string; fileName: string; message: string }[];
};

const importDir = await mkdtemp(join(tmpdir(), "conformance-import-"));
const scans = join(importDir, "1", "plant", "scans");
const clock = new HandClock("2026-11-23T12:00:00Z");
// Not before the machine's own time: connections are as old as that.
if (clock.nowMs < Date.now()) clock.nowMs = Date.now();
const target = useOwnTarget({ clock: clock.read, environment: { importDir } });
let connection: string;

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  await mkdir(scans, { recursive: true });
  const token = await logIn(target);
  const json = { name: "Plant scanner" };
  const { id } = await bodyOf<{ id: number }>(
    await call(target, "POST", "/ingest/1.0/connection/create", { token, json }),
    201,
  );
  connection = `/ingest/1.0/connection/${id}/folder`;
});
afterAll(() => rm(importDir, { recursive: true, force: true }));

async function set(json: object): Promise<Response> {
  return call(target, "PUT", connection, { token: await logIn(target), json });
}

/** Has the folder looked at, and waits until it was. */
async function look(): Promise<Folder> {
  clock.advance(15);
  const token = await logIn(target);
  const asked = new Date(clock.nowMs).toISOString();
  expect((await call(target, "POST", `${connection}/poll`, { token })).status).toBe(202);
  return poll(
    async () => bodyOf<Folder>(await get(target, connection, token)),
    ({ lastPoll }) => lastPoll !== null && lastPoll >= asked,
  );
}

async function jobs(): Promise<ImportJob[]> {
  return bodyOf<ImportJob[]>(await get(target, "/ingest/1.0/import/list", await logIn(target)));
}

ownTest(
  "etm 4 [B]: the server imports what comes into a connection's folder, once it is whole and once only",
  async () => {
    const rhythm = { every: "DAY", at: "04:00", timeZone: "Europe/Berlin" };
    expect(await bodyOf(await set({ folder: "plant/scans", rhythm }))).toMatchObject({ folder: "plant/scans", rhythm });
    const file = nessusFile([{ ip: "10.9.0.1", items: [{ pluginId: 1001, severity: 3 }] }]);
    await writeFile(join(scans, "north.nessus"), file.slice(0, 100));
    expect(await look()).toMatchObject({ importedCount: 0, waitingCount: 1 });
    await writeFile(join(scans, "north.nessus"), file);
    expect(await look()).toMatchObject({ importedCount: 0, waitingCount: 1 });
    expect(await look()).toMatchObject({ importedCount: 1, waitingCount: 0, lastFault: null });
    const [job] = await jobs();
    expect(job).toMatchObject({ fileName: "north.nessus", connection: "Plant scanner" });
    const done = await followImport(target, await logIn(target), job!.id);
    expect([done.status, done.counts.findingsNew]).toEqual(["COMPLETED", 1]);
    await writeFile(join(scans, "again.nessus"), file);
    await look();
    await look();
    expect(await jobs()).toHaveLength(1);
  },
);

ownTest("etm 4 [B]: nothing outside of the subscription's directory is imported", async () => {
  await mkdir(join(importDir, "2"), { recursive: true });
  await writeFile(join(importDir, "2", "theirs.csv"), "host,title\nx,y\n");
  for (const folder of ["../2", "/etc", "plant/../../2"]) {
    expect([folder, (await set({ folder })).status]).toEqual([folder, 400]);
  }
  await symlink(join(importDir, "2"), join(importDir, "1", "linked"));
  await symlink(join(importDir, "2", "theirs.csv"), join(scans, "linked.csv"));
  expect(await look()).toMatchObject({ importedCount: 0, waitingCount: 0 });
  await bodyOf(await set({ folder: "linked" }));
  expect((await look()).lastFault).toContain("there is no directory");
  expect(await jobs()).toHaveLength(1);
});

ownTest(
  "etm 4 [B]: a folder shows which of its files failed, or were feeds in part, until one of the name goes well",
  async () => {
    const feed = { title: "CISA Catalog of Known Exploited Vulnerabilities", catalogVersion: "1", vulnerabilities: [] };
    const whole = JSON.stringify({ ...feed, vulnerabilities: [{ cveID: "CVE-2025-0001", dateAdded: "2025-01-01" }] });
    const bring = async (files: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(files)) await writeFile(join(scans, name), text);
      await look();
      await look();
      const begun = (await jobs()).filter(({ fileName }) => fileName !== null && fileName in files);
      for (const { id } of begun) await followImport(target, await logIn(target), id);
      const { failedImports } = await bodyOf<Folder>(await get(target, connection, await logIn(target)));
      return failedImports.map(({ fileName, message }) => [fileName, message]).sort();
    };
    await set({ folder: "plant/scans" });
    const noise = ["noise.bin", expect.any(String)];
    expect(await bring({ "kev.json": whole.slice(0, -2), "noise.bin": "no scanner wrote this" })).toEqual([
      ["kev.json", expect.stringContaining("load a whole copy")],
      noise,
    ]);
    expect(await bring({ "kev.json": whole })).toEqual([noise]);
  },
);

ownTest("etm 4 [B]: watching ends, and leaves what was imported", async () => {
  const token = await logIn(target);
  const before = await jobs();
  expect((await call(target, "DELETE", connection, { token })).status).toBe(204);
  expect((await get(target, connection, token)).status).toBe(404);
  expect(await jobs()).toEqual(before);
});
