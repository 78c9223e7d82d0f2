import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PLANT_FILES, writePlantFiles } from "../demo/plant-files.ts";
import {
  type CliProcess,
  createSandbox,
  type Finished,
  runCli,
  run as runProgram,
  type Sandbox,
  startCli,
} from "../testing/cli-process.fixture.ts";
import { runMain } from "../testing/run-main.fixture.ts";

const NOW_MS = Date.UTC(2026, 0, 15);
const MANAGER = { BREAKWATER_USERNAME: "acme_mgr1", BREAKWATER_PASSWORD: "Correct-horse-7-battery" };

let sandbox: Sandbox;
let database: TestDatabase;
let server: CliProcess;
let url: string;
let capture: string;
let scan: string;
let removeFiles: () => Promise<void>;

beforeAll(async () => {
  [sandbox, database] = await Promise.all([createSandbox(), createTestDatabase()]);
  server = startCli(sandbox, ["serve", "--port", "0", "--log-level", "warn", "--output", "json"], {
    DATABASE_URL: database.url,
    BREAKWATER_ADMIN_USERNAME: MANAGER.BREAKWATER_USERNAME,
    BREAKWATER_ADMIN_PASSWORD: MANAGER.BREAKWATER_PASSWORD,
  });
  const event = JSON.parse(await server.line(/"ready"/));
  expect(event.firstManager).toEqual({ username: MANAGER.BREAKWATER_USERNAME });
  url = event.url;
  const files = await writePlantFiles(PLANT_FILES, NOW_MS);
  [capture = "", scan = ""] = files.paths;
  removeFiles = files.remove;
});
afterAll(async () => {
  await removeFiles?.();
  await server?.stopGroup("SIGTERM");
  await database?.drop();
  await sandbox?.remove();
});

const run = (...args: string[]) => runCli(sandbox, args, { ...MANAGER, BREAKWATER_URL: url });
const toJson = ({ code, stdout, stderr }: Finished) => ({
  code,
  stderr,
  value: JSON.parse(stdout),
});
const runJson = async (...args: string[]) => toJson(await run(...args, "--output", "json"));
/** Without the start of a process for each. */
const call = (...args: string[]) => runMain(sandbox, args, { ...MANAGER, BREAKWATER_URL: url });
const callJson = async (...args: string[]) => toJson(await call(...args, "--output", "json"));

test("captures and scans are taken in, wait or not; a second time nothing changes", async () => {
  const hosts = await runJson("capture", "import", capture);
  expect(hosts).toMatchObject({ code: 0, stderr: "" });
  expect(hosts.value).toMatchObject([{ status: "COMPLETED", format: "pcapng", counts: { hostsNew: 13 } }]);

  const requested = await runJson("import", scan, "--connection", "Office scanner");
  expect(requested).toMatchObject({ code: 0, value: [{ fileName: PLANT_FILES[1], connection: "Office scanner" }] });

  const both = await runJson("import", "--wait", capture, scan, "--connection", "Office scanner");
  expect(both.code).toBe(0);
  expect(both.value).toMatchObject([
    { status: "COMPLETED", counts: { hostsNew: 0, assetsNew: 0 } },
    { status: "COMPLETED", format: "nessus", counts: { findingsNew: 0, findingsUpdated: 0, assetsNew: 0 } },
  ]);
  expect(both.value[1].counts.findingsUnchanged).toBeGreaterThan(900);

  const { code, stdout, stderr } = await run("import", "--wait", capture);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/│ riverside-capture\.pcapng │ COMPLETED │ pcapng │ records read \d+/);
});

test("a failed import is exit 1 with the reason on stderr, and those beside it are done", async () => {
  const cut = join(sandbox.dir, "cut.nessus");
  writeFileSync(cut, readFileSync(scan).subarray(0, 40_000));
  const noise = join(sandbox.dir, "noise.bin");
  writeFileSync(noise, "no scanner wrote this");
  const packed = join(sandbox.dir, "capture.gz");
  writeFileSync(packed, gzipSync(readFileSync(capture)));
  const { code, stdout, stderr } = await run("import", "--wait", cut, noise, packed);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^cut\.nessus: refused \(\S+\) at .+$/m);
  expect(stderr).toMatch(/^noise\.bin: .+$/m);
  expect(stdout).toMatch(/cut\.nessus +│ COMPLETED .+ records refused 1 /);
  expect(stdout).toMatch(/noise\.bin +│ FAILED/);
  expect(stdout).toMatch(/capture\.gz +│ COMPLETED/);
});

test("reports come as ZIP, as one document, or on stdout", async () => {
  await run("import", "--wait", scan);
  const packed = await runJson("report", "run", "--findings", "finding.severity>=4", "--name", "Severe");
  expect(packed).toMatchObject({ code: 0, stderr: "", value: { name: "Severe", status: "COMPLETED" } });
  expect(readFileSync(join(sandbox.dir, packed.value.file)).subarray(0, 2).toString()).toBe("PK");

  const json = await run("report", "run", "--findings", "finding.severity>=4", "--out", "severe.json");
  expect(json).toMatchObject({ code: 0, stderr: "" });
  const records = JSON.parse(readFileSync(join(sandbox.dir, "severe.json"), "utf8")) as { severity: number }[];
  expect(records.length).toBe(packed.value.recordCount);
  expect(records.every(({ severity }) => severity >= 4)).toBe(true);

  const lines = await run("report", "run", "--findings", "finding.severity>=4", "--format", "jsonl", "--out", "-");
  expect(lines.code).toBe(0);
  expect(
    lines.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).severity),
  ).toHaveLength(records.length);

  const table = await run("report", "run", "--assets", "asset.name:nothing*", "--format", "csv", "--out", "none.csv");
  expect(table.code).toBe(0);
  expect(readFileSync(join(sandbox.dir, "none.csv"), "utf8")).toMatch(/^id,title,[^\n]+\n$/);
  expect(readdirSync(sandbox.dir).filter((name) => name.endsWith(".partial"))).toEqual([]);

  const refused = await run("report", "run", "--findings", "finding.severty>=4");
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("Invalid QQL token") });
  expect(refused.stderr).toContain("finding.severity");
});

test("what is piped in is imported under the name stdin", async () => {
  const script = fileURLToPath(new URL("../../bin/breakwater.js", import.meta.url));
  const line = `'${process.execPath}' '${script}' import --wait --output json - < '${scan}'`;
  const assignments = Object.entries({ ...MANAGER, BREAKWATER_URL: url }).map(([name, value]) => `${name}=${value}`);
  const piped = await runProgram(sandbox, "env", [...assignments, "sh", "-c", line]);
  expect(JSON.parse(piped.stdout)).toMatchObject([{ fileName: "stdin", format: "nessus", status: "COMPLETED" }]);
});

test("findings, assets, OT hosts and reports are listed a page at a time, and shown by id", async () => {
  await call("import", "--wait", scan, capture);
  const filter = ["--filter", "finding.severity>=4", "--sort", "finding.qds:desc"];
  const first = await callJson("finding", "list", ...filter, "--page-size", "2");
  expect(first).toMatchObject({ code: 0, value: [{ severity: expect.any(Number) }, {}] });
  const [, cursor] = /^2 of \d+ findings; more: --cursor (\S+)$/m.exec(first.stderr) ?? [];
  const behind = await callJson("finding", "list", ...filter, "--page-size", "2", "--cursor", String(cursor));
  const byNumber = await callJson("finding", "list", ...filter, "--page-size", "2", "--page", "1");
  expect(behind.value).toHaveLength(2);
  expect(behind.value).toEqual(byNumber.value);
  const wrong = await call("finding", "list", "--filter", "finding.severty>=4");
  expect(wrong).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("Invalid QQL token") });

  const [{ id, asset }] = first.value;
  expect((await callJson("finding", "show", id)).value).toMatchObject({ id, riskAcceptance: null });

  const assets = await callJson("asset", "list", "--filter", `asset.name:\`${asset.assetName}\``);
  expect(assets.value).toMatchObject([{ id: asset.internalAssetId, name: asset.assetName }]);
  expect((await callJson("asset", "show", asset.internalAssetId)).value).toMatchObject({ name: asset.assetName });

  const hosts = await callJson("ot", "host", "list", "--page-size", "5", "--page", "1", "--sort", "asset.risk:desc");
  expect(hosts).toMatchObject({ code: 0, stderr: "5 of 13 OT hosts; more: --page 2\n" });
  expect(hosts.value).toHaveLength(5);
  const [host] = hosts.value;
  expect((await callJson("ot", "host", "show", String(host.assetId))).value).toMatchObject({ name: host.name });
  for (const noun of ["detection", "advisory"]) {
    expect(await callJson("ot", noun, "list")).toMatchObject({ code: 0, stderr: "", value: [] });
  }
  expect(await call("ot", "detection", "show", "none")).toMatchObject({ code: 1, stdout: "" });
  const talks = await callJson("ot", "network", "list", "--filter", "network.transport:tcp", "--page-size", "1");
  expect(talks.value).toMatchObject([{ transport: "tcp", server: { port: expect.any(Number) } }]);
  const events = await callJson("ot", "event", "list", "--sort", "event.started:desc");
  expect(events).toMatchObject({ code: 0, stderr: "", value: [] });
  expect(await callJson("projectfile", "list")).toMatchObject({ code: 0, stderr: "", value: [] });

  const imports = await callJson("imports", "list", "--page-size", "2");
  expect(imports.value).toMatchObject([{ status: "COMPLETED", issues: [] }, {}]);
  expect((await callJson("imports", "show", imports.value[0].id)).value).toMatchObject({ id: imports.value[0].id });
});

test("findings are counted; risks are accepted for a reason of a type, and that is revoked", async () => {
  await call("import", "--wait", scan);
  const groups = await callJson(
    "finding",
    "stats",
    "--by",
    "severity",
    "--filter",
    "finding.severity>=2",
    "--limit",
    "2",
  );
  expect(groups.value).toMatchObject([{ findings: expect.any(Number) }, {}]);
  expect(groups.stderr).toMatch(/^2 of [34] groups$/m);

  const [{ id }] = (await callJson("finding", "list", "--page-size", "1")).value;
  const until = ["--until", "2999-12-31", "--reason-type", "Compensating control"];
  const accepted = await callJson("finding", "accept", id, "--reason", "Behind a diode", ...until);
  const said = { reason: "Behind a diode", reasonType: "Compensating control", endDate: Date.UTC(2999, 11, 31) };
  expect(accepted.value).toMatchObject({ findingId: id, ...said });
  expect((await call("finding", "accept", id, "--reason", "x")).stdout).toBe("Accepted until it is revoked.\n");
  const own = { reason: "x", reasonType: "Accepted risk", endDate: null };
  expect((await callJson("finding", "show", id)).value.riskAcceptance).toMatchObject(own);
  expect((await callJson("finding", "revoke", id)).value).toEqual({ id, riskAcceptance: null });
  expect((await callJson("finding", "show", id)).value.riskAcceptance).toBeNull();
  expect(await call("finding", "revoke", id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("not accepted"),
  });
});

test("weights and classes of scores are shown, changed and set back", async () => {
  const before = (await callJson("score", "show")).value;
  const changed = await callJson("score", "set", "--weights", "low=0.1", "medium=0.35", "--bands", "critical=900");
  expect(changed.value).toMatchObject({
    weights: { ...before.weights, low: 0.1, medium: 0.35 },
    bands: { ...before.bands, critical: 900 },
  });
  const { isRescoring: _, ...settings } = (await callJson("score", "set", "--no-weights", "--no-bands")).value;
  expect(before).toMatchObject(settings);
});

test("reports are listed and cancelled; one that has ended is not, for that would delete it", async () => {
  const { value: report } = await runJson("report", "run", "--name", "Kept", "--out", "kept.json");
  const listed = await runJson("report", "list", "--page-size", "1");
  expect(listed.value).toMatchObject([{ id: report.id, name: "Kept", status: "COMPLETED" }]);
  const refused = await run("report", "cancel", report.id);
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("there is nothing to cancel") });
  expect((await runJson("report", "list", "--page-size", "1")).value).toEqual(listed.value);

  // It waits to be made, and nobody begins.
  const db = await database.open().connect();
  await db.query("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
  await db.query(`CREATE TRIGGER hold BEFORE UPDATE ON report FOR EACH ROW
    WHEN (NEW.status NOT IN ('REQUESTED', 'CANCELLED')) EXECUTE FUNCTION hold()`);
  await db.query("UPDATE report SET status = 'REQUESTED', completed_at = NULL WHERE id = $1", [report.id]);
  expect(await run("report", "cancel", report.id)).toMatchObject({ code: 0, stdout: "Cancelled.\n", stderr: "" });
  const [ended] = (await runJson("report", "list", "--page-size", "1")).value;
  expect(ended).toMatchObject({ id: report.id, status: "CANCELLED" });
  await db.query("DROP FUNCTION hold CASCADE");
  await db.end();
});

test("a report that was made is shown, downloaded again and deleted", async () => {
  const first = join(sandbox.dir, "first.jsonl");
  const second = join(sandbox.dir, "second.jsonl");
  const { value: report } = await callJson("report", "run", "--name", "Again", "--format", "jsonl", "--out", first);
  expect((await callJson("report", "show", report.id)).value).toMatchObject({ name: "Again", status: "COMPLETED" });
  const again = await callJson("report", "download", report.id, "--out", second);
  expect(again).toMatchObject({ code: 0, stderr: "", value: { id: report.id, file: second } });
  expect(readFileSync(second)).toEqual(readFileSync(first));
  expect((await call("report", "delete", report.id)).code).toBe(2);
  expect(await call("report", "delete", report.id, "--yes")).toMatchObject({ code: 0, stdout: "Deleted.\n" });
  const gone = await call("report", "download", report.id);
  expect(gone).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no report") });
});

test("tags and users are made and listed; a Reader sees what carries the tag and may not manage", async () => {
  const top = await runJson("tag", "create", "Plant", "--rule", "asset.interface.address:192.168.20.0/24");
  expect(top).toMatchObject({ code: 0, value: { name: "Plant", criticality: null, assetCount: 13 } });
  const cell = await runJson(
    ...[
      "tag",
      "create",
      "Cell",
      "--rule",
      "asset.interface.macAddress:00:1b:1b*",
      "--criticality",
      "4",
      "--parent",
      "Plant",
    ],
  );
  expect(cell).toMatchObject({ code: 0, value: { parent: "Plant", criticality: 4, assetCount: 5 } });
  const twice = await run("tag", "create", "Cell");
  expect(twice).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining('there is a tag "Cell" already'),
  });
  expect((await run("tag", "list")).stdout).toMatch(/│ Cell +│ Plant +│ +4 │/);

  const reader = ["--username", "reader1", "--password", "Reader-of-the-cell-1"];
  const created = await run("user", "create", ...reader, "--role", "Reader", "--scope-tag", "Cell");
  expect(created).toMatchObject({ code: 0, stderr: "" });
  expect(created.stdout).toMatch(/│ reader1 │ - +│ Reader │ ACTIVE │ - +│ Cell +│/);
  expect((await run("user", "create", ...reader)).stderr).toContain('"reader1" is taken');
  expect((await runJson("user", "list")).value).toHaveLength(2);

  const forbidden = await run("user", "list", ...reader);
  expect(forbidden).toMatchObject({ code: 1, stderr: expect.stringContaining("User Management Access is required") });
});

test("login keeps a profile that only this account can read, and the commands after it use it", async () => {
  const profilePath = join(sandbox.dir, "config", "breakwater", "profile.json");
  const wrong = await runCli(sandbox, ["login", "--url", url, "--username", "acme_mgr1", "--password", "wrong"]);
  expect(wrong).toMatchObject({ code: 1, stdout: "", stderr: "breakwater: wrong user name or password\n" });

  const login = await runCli(sandbox, ["login", "--url", `${url}/`], MANAGER);
  expect(login).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringContaining(`Logged in at ${url} as acme_mgr1`),
  });
  expect(statSync(profilePath).mode & 0o777).toBe(0o600);
  expect(readFileSync(profilePath, "utf8")).not.toContain(MANAGER.BREAKWATER_PASSWORD);
  expect((await runCli(sandbox, ["tag", "list"])).code).toBe(0);

  const elsewhere = await runCli(sandbox, ["tag", "list", "--url", url.replace("127.0.0.1", "localhost")]);
  expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining("not logged in at http://localhost") });

  // Another server's log-in takes nothing away; it is where commands go from then on.
  const other = url.replace("127.0.0.1", "localhost");
  expect((await runCli(sandbox, ["login", "--url", other], MANAGER)).code).toBe(0);
  const { profiles } = JSON.parse(readFileSync(profilePath, "utf8"));
  expect(profiles.map((profile: { url: string }) => profile.url)).toEqual([other, url]);
  expect((await runCli(sandbox, ["tag", "list", "--url", url])).code).toBe(0);

  const [profile] = profiles;
  const keep = (change: object) =>
    writeFileSync(profilePath, JSON.stringify({ profiles: [{ ...profile, ...change }] }));
  keep({ tokenExpiresAt: 1 });
  expect((await runCli(sandbox, ["tag", "list"])).stderr).toContain("run `breakwater login`");
  keep({ token: `${profile.token}x` });
  expect((await runCli(sandbox, ["tag", "list"])).stderr).toContain("log in again with `breakwater login`");
  writeFileSync(profilePath, "{");
  expect((await runCli(sandbox, ["tag", "list"])).stderr).toContain("is damaged: remove it");
});
