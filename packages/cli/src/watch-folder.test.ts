import { appendFileSync, mkdirSync, readdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeProtocolTour } from "@breakwater/simulator/capture/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliProcess, createSandbox, runCli, type Sandbox, startCli } from "./testing/cli-process.fixture.ts";

const MANAGER = { BREAKWATER_USERNAME: "acme_mgr1", BREAKWATER_PASSWORD: "Correct-horse-7-battery" };

let sandbox: Sandbox;
let database: TestDatabase;
let server: CliProcess;
let url: string;
beforeAll(async () => {
  [sandbox, database] = await Promise.all([createSandbox(), createTestDatabase()]);
  server = startCli(sandbox, ["serve", "--port", "0", "--log-level", "warn", "--output", "json"], {
    DATABASE_URL: database.url,
    BREAKWATER_ADMIN_USERNAME: MANAGER.BREAKWATER_USERNAME,
    BREAKWATER_ADMIN_PASSWORD: MANAGER.BREAKWATER_PASSWORD,
  });
  url = JSON.parse(await server.line(/"ready"/)).url;
});
afterAll(async () => {
  await server?.stopGroup("SIGTERM");
  await database?.drop();
  await sandbox?.remove();
});

const run = (...args: string[]) => runCli(sandbox, args, { ...MANAGER, BREAKWATER_URL: url });
const watch = (folder: string) =>
  startCli(sandbox, ["import", "--watch", folder, "--connection", "Plant", "--settle", "1", "--output", "json"], {
    ...MANAGER,
    BREAKWATER_URL: url,
  });
const jobsOf = (watcher: CliProcess) =>
  watcher
    .stdout()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));

test("connections are created, listed, changed and deleted", async () => {
  const mapping = join(sandbox.dir, "mapping.json");
  writeFileSync(mapping, JSON.stringify({ product: "Audit", columns: { host: ["Anlage"], title: ["Mangel"] } }));
  const made = await run("connection", "create", "Line 1", "--partial", "--network", "ot", "--csv-mapping", mapping);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toMatch(/Line 1 .* ot .* partial .* stays open .* Audit/);
  const update = ["connection", "update", "line 1", "--no-partial", "--retain-missing", "--no-csv-mapping"];
  update.push("--trust-rank", "10", "--default-criticality", "4");
  const changed = await run(...update, "--output", "json");
  expect(JSON.parse(changed.stdout)).toMatchObject({ isComplete: true, retainMissing: true, csvMapping: null });
  expect(JSON.parse(changed.stdout)).toMatchObject({ trustRank: 10, defaultCriticality: 4 });
  writeFileSync(mapping, "[]");
  const refused = await run("connection", "update", "line 1", "--csv-mapping", mapping);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("no JSON object") });
  expect(await run("connection", "delete", "Line 1", "--yes")).toMatchObject({ code: 0, stdout: "Deleted.\n" });
  expect((await run("connection", "show", "Line 1")).stderr).toContain('there is no connection "Line 1"');
}, 60_000);

test("what comes into a folder is imported once it is whole, and moved; a restart goes on", async () => {
  const folder = join(sandbox.dir, "incoming");
  mkdirSync(folder);
  const watcher = watch(folder);
  // Written in two goes, the second well within the time that a file is given.
  writeFileSync(join(folder, "slow.csv"), "host,ip,title,severity\nh1,10.0.0.1,one,high\n");
  writeFileSync(join(folder, "later.csv.part"), "host,ip,title,severity\nh2,10.0.0.2,two,high\n");
  writeFileSync(join(folder, "noise.bin"), "no scanner wrote this");
  setTimeout(() => appendFileSync(join(folder, "slow.csv"), "h1,10.0.0.1,three,high\n"), 500);
  await expect.poll(() => filesIn(folder), { timeout: 20_000 }).toEqual(["later.csv.part"]);
  expect([filesIn(join(folder, "done")), filesIn(join(folder, "failed"))]).toEqual([["slow.csv"], ["noise.bin"]]);
  const slow = jobsOf(watcher).find(({ fileName }) => fileName === "slow.csv");
  expect(slow).toMatchObject({ status: "COMPLETED", connection: "Plant", counts: { findingsNew: 2 } });
  expect(watcher.stderr()).toContain("noise.bin: ");

  // A feed in part is taken in, and no success.
  const feed = { title: "CISA Catalog of Known Exploited Vulnerabilities", catalogVersion: "1", vulnerabilities: [] };
  const entry = { cveID: "CVE-2025-0001", dateAdded: "2025-01-01" };
  writeFileSync(join(folder, "kev.json"), JSON.stringify({ ...feed, vulnerabilities: [entry] }).slice(0, -2));
  await expect.poll(() => filesIn(join(folder, "failed")), { timeout: 20_000 }).toEqual(["kev.json", "noise.bin"]);
  expect(jobsOf(watcher).at(-1)).toMatchObject({ fileName: "kev.json", status: "COMPLETED", format: "kev" });

  await watcher.stopGroup("SIGKILL");
  renameSync(join(folder, "later.csv.part"), join(folder, "later.csv"));
  writeFileSync(join(folder, "slow.csv"), "host,ip,title,severity\nh1,10.0.0.1,one,high\n");
  const second = watch(folder);
  await expect.poll(() => filesIn(folder), { timeout: 20_000 }).toEqual([]);
  expect(filesIn(join(folder, "done")).sort()).toEqual(["later.csv", "slow (2).csv", "slow.csv"]);
  const again = jobsOf(second).find(({ fileName }) => fileName === "slow.csv");
  expect(again).toMatchObject({ counts: { findingsNew: 0, findingsFixed: 1 } });
  await second.stopGroup("SIGTERM");
}, 90_000);

test("a folder's files are imported by their age, and one that is refused keeps nothing from the others", async () => {
  const folder = join(sandbox.dir, "ring");
  mkdirSync(join(folder, "older"), { recursive: true });
  const csv = (host: string) => `host,ip,title,severity\n${host},10.0.0.9,one,high\n`;
  for (const [index, [name, text]] of [
    ["b.csv", csv("first")],
    ["a.csv", ""],
    ["c.csv", csv("second")],
    [".hidden.csv", csv("hidden")],
    ["d.csv.part", csv("unfinished")],
  ].entries()) {
    writeFileSync(join(folder, name!), text!);
    utimesSync(join(folder, name!), 1_700_000_000 + index, 1_700_000_000 + index);
  }
  const told = await run("import", folder, "--connection", "Ring", "--wait", "--output", "json");
  expect(told.code).toBe(1);
  expect(told.stderr).toContain("a.csv: ");
  const jobs = JSON.parse(told.stdout).map(({ fileName, status }: Record<string, string>) => [fileName, status]);
  expect(jobs).toEqual([
    ["b.csv", "COMPLETED"],
    ["c.csv", "COMPLETED"],
  ]);
}, 60_000);

test("of a ring of captures the newest waits for the next, however quiet it is", async () => {
  const folder = join(sandbox.dir, "captures");
  mkdirSync(folder);
  const whole = Buffer.from(writeProtocolTour({ format: "pcap", startAt: Date.UTC(2025, 2, 3, 9) }));
  const cut = whole.length - 40;
  writeFileSync(join(folder, "1.pcap"), whole);
  writeFileSync(join(folder, "2.pcap"), whole.subarray(0, cut));
  utimesSync(join(folder, "1.pcap"), 1_700_000_000, 1_700_000_000);
  const args = ["capture", "import", "--watch", folder, "--settle", "1", "--ring", "--output", "json"];
  const watcher = startCli(sandbox, args, { ...MANAGER, BREAKWATER_URL: url });
  await expect.poll(() => filesIn(folder), { timeout: 20_000 }).toEqual(["2.pcap"]);
  // It has been quiet for longer than a file is given otherwise.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(filesIn(folder)).toEqual(["2.pcap"]);
  appendFileSync(join(folder, "2.pcap"), whole.subarray(cut));
  writeFileSync(join(folder, "3.pcap"), whole);
  await expect.poll(() => filesIn(folder), { timeout: 20_000 }).toEqual(["3.pcap"]);
  const warnings = jobsOf(watcher).map(({ fileName, status, counts }) => [fileName, status, counts.recordsRefused]);
  expect(warnings).toEqual([
    ["1.pcap", "COMPLETED", 0],
    ["2.pcap", "COMPLETED", 0],
  ]);
  await watcher.stopGroup("SIGTERM");
}, 90_000);

test("a server that is away takes no file from the folder; a folder that is not there is told", async () => {
  const folder = join(sandbox.dir, "lonely");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.csv"), "host,ip,title,severity\nh1,10.0.0.1,one,high\n");
  const env = { ...MANAGER, BREAKWATER_URL: "http://127.0.0.1:9" };
  const watcher = startCli(sandbox, ["import", "--watch", folder, "--settle", "1"], env);
  await expect.poll(() => watcher.stderr(), { timeout: 20_000 }).toContain("a.csv: trying again shortly");
  expect(filesIn(folder)).toEqual(["a.csv"]);
  await watcher.stopGroup("SIGTERM");
  expect(await run("import", "--watch", join(sandbox.dir, "nowhere"))).toMatchObject({ code: 1 });
  expect(await run("import")).toMatchObject({ code: 2, stderr: expect.stringContaining("either files or --watch") });
}, 60_000);
