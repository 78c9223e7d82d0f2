import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSandbox, type Finished, run, type Sandbox } from "../testing/cli-process.fixture.ts";
import { runMain } from "../testing/run-main.fixture.ts";

let sandbox: Sandbox;
let installation: TestInstallation;
let manager: Record<string, string>;

beforeAll(async () => {
  [sandbox, installation] = await Promise.all([createSandbox(), startInstallation()]);
  manager = {
    BREAKWATER_URL: installation.url,
    BREAKWATER_USERNAME: MANAGER.username,
    BREAKWATER_PASSWORD: MANAGER.password,
  };
});
afterAll(async () => {
  await installation?.close();
  await sandbox?.remove();
});

const bw = (...args: string[]): Promise<Finished> => runMain(sandbox, args, manager);

/** What a command prints in JSON; it must end with 0. */
// biome-ignore lint/suspicious/noExplicitAny: what the API answers, looked at by toMatchObject
async function json(...args: string[]): Promise<any> {
  const { code, stdout, stderr } = await bw(...args, "--output", "json");
  expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
  return JSON.parse(stdout);
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bw(...args);
  expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: "" });
  return stderr;
}

test("roles: created, changed, shown by name and id, and deleted", async () => {
  const made = await json("role", "create", "Log reader", "--permission", "Audit Log Access", "--access", "api");
  expect(made).toMatchObject({ hasApiAccess: true, hasUiAccess: false, permissions: ["Audit Log Access"] });
  const changed = await json("role", "update", "log READER", "--description", "reads", "--access", "ui");
  expect(changed).toMatchObject({ name: "Log reader", description: "reads", hasApiAccess: false, hasUiAccess: true });
  expect(await json("role", "show", String(made.id))).toEqual(changed);
  expect((await bw("role", "list")).stdout).toMatch(/│ Log reader +│ custom +│ ui/);
  expect(await refusal("role", "delete", "Reader", "--yes")).toContain("shipped");
  expect(await json("role", "delete", "Log reader", "--yes")).toEqual(changed);
  expect(await refusal("role", "show", "Log reader")).toContain("`list` shows the roles");
  expect(await refusal("role", "show", "Raeder")).toContain('there is no role "Raeder": did you mean "Reader"?');
});

test("users: scope, unit, status and password; the password comes from standard input too", async () => {
  await json("tag", "create", "Hall", "--rule", "asset.interface.address:10.0.0.0/8");
  await json("unit", "create", "North", "--scope-tag", "Hall", "--description", "the north");
  const script = fileURLToPath(new URL("../../bin/breakwater.js", import.meta.url));
  const line = `echo Reader-of-hall-12 | '${process.execPath}' '${script}' user create --username reader1 --password-stdin --unit North --scope-tag Hall`;
  const assignments = Object.entries(manager).map(([name, value]) => `${name}=${value}`);
  const created = await run(sandbox, "env", [...assignments, "sh", "-c", line]);
  expect(created).toMatchObject({ code: 0, stderr: "" });
  expect(created.stdout).toMatch(/│ reader1 │ - +│ Reader │ ACTIVE │ North │ Hall │/);
  await installation.client({ username: "reader1", password: "Reader-of-hall-12" }).login();

  const changed = await json("user", "update", "reader1", "--no-unit", "--full-scope", "--full-name", "R One");
  expect(changed).toMatchObject({ businessUnit: null, hasFullScope: true, fullName: "R One" });
  expect(await json("user", "update", "reader1", "--no-scope-tag")).toMatchObject({
    hasFullScope: false,
    scopeTags: [],
  });
  expect(await json("user", "update", "reader1", "--status", "inactive")).toMatchObject({ status: "INACTIVE" });
  expect(await json("user", "unlock", "reader1")).toMatchObject({ status: "ACTIVE" });
  await json("user", "password", "reader1", "--password", "Another-long-phrase-9");
  await installation.client({ username: "reader1", password: "Another-long-phrase-9" }).login();

  expect(await json("user", "update", "reader1", "--sso-only")).toMatchObject({ ssoOnly: true });
  expect(await json("user", "password", "reader1", "--password", " Third-long-phrase-3 ")).toMatchObject({
    ssoOnly: false,
  });

  // The environment's password is its user's, and is taken with its blanks.
  const third = { BREAKWATER_USERNAME: "reader1", BREAKWATER_PASSWORD: " Third-long-phrase-3 " };
  const asReader = await runMain(sandbox, ["login"], { ...manager, ...third });
  expect(asReader).toMatchObject({ code: 0, stderr: "" });
  const other = await runMain(sandbox, ["tag", "list", "--username", "somebody"], manager);
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("not logged in") });

  const change = `printf ' Third-long-phrase-3 \\nFourth-long-phrase-4\\n' | '${process.execPath}' '${script}' password change --username reader1 --password-stdin`;
  const own = await run(sandbox, "env", [...assignments, "sh", "-c", change]);
  expect(own).toMatchObject({ code: 0, stderr: "" });
  await installation.client({ username: "reader1", password: "Fourth-long-phrase-4" }).login();

  expect(await refusal("user", "delete", "reader", "--yes")).toContain('did you mean "reader1"?');
  expect((await bw("user", "delete", "reader1", "--yes")).stdout).toBe("Deleted.\n");
  expect((await json("user", "list")).map(({ username }: { username: string }) => username)).toEqual([
    MANAGER.username,
  ]);
  expect(await json("unit", "update", "North", "--no-scope-tag", "--name", "South")).toMatchObject({ scopeTags: [] });
  expect((await bw("unit", "list")).stdout).toMatch(/│ South │ the north +│ nothing │ +0 │/);
  await json("unit", "delete", "South", "--yes");
});

test("risk rules: tried, made, changed and deleted", async () => {
  const effect = ["--assets", "asset.name:web*", "--factor", "0.5"];
  expect(await json("rule", "preview", ...effect)).toMatchObject({ findings: 0, changed: 0 });
  const made = await json(
    "rule",
    "create",
    "Behind IPS",
    "--reason",
    "the IPS drops it",
    ...effect,
    "--until",
    "2999-01-01",
  );
  expect(made).toMatchObject({ type: "COMPENSATING", status: "ACTIVE", effect: { kind: "FACTOR", value: 0.5 } });
  const changed = await json("rule", "update", "behind ips", "--no-until", "--points", "-10", "--disabled");
  expect(changed).toMatchObject({ endDate: null, status: "DISABLED", effect: { kind: "POINTS", value: -10 } });
  expect(await refusal("rule", "update", "Behind IPS", "--findings", "finding.qds>70")).toContain("finding.qds");
  expect(await refusal("rule", "create", "Both", "--reason", "x", ...effect, "--points", "1")).toContain("one of");
  await json("rule", "delete", "Behind IPS", "--yes");
  expect(await json("rule", "list")).toEqual([]);
});

test("tags: changed, cleared and deleted; what has a rule is not assigned", async () => {
  const made = await json("tag", "create", "Cell", "--criticality", "4", "--parent", "Hall");
  expect(await json("tag", "update", "Cell", "--no-criticality", "--no-parent", "--name", "Cells")).toMatchObject({
    id: made.id,
    name: "Cells",
    criticality: null,
    parent: null,
  });
  expect(await refusal("tag", "assign", "Cells", "--add", "4711")).toContain("4711");
  expect(await refusal("tag", "assign", "Hall", "--remove", "1")).toMatch(/rule/);
  await json("tag", "delete", "Cells", "--yes");
  await json("tag", "delete", "Hall", "--yes");
  expect(await json("tag", "list")).toEqual([]);
});

describe("API clients", () => {
  test("the secret is printed once, and the pair works by environment, flags and profile until it is revoked", async () => {
    const { code, stdout, stderr } = await bw("client", "create", "ci", "--module", "ADMIN", "--output", "json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("shown this once") });
    const { clientId, clientSecret } = JSON.parse(stdout);
    expect(JSON.stringify(await json("client", "show", "ci"))).not.toContain(clientSecret);

    const base = { BREAKWATER_URL: installation.url };
    const pair = { ...base, BREAKWATER_CLIENT_ID: clientId, BREAKWATER_CLIENT_SECRET: clientSecret };
    expect(await runMain(sandbox, ["tag", "list"], pair)).toMatchObject({ code: 0, stderr: "" });
    // In the environment a client wins over a user; by flag a user wins over both.
    const wrongUser = { ...pair, BREAKWATER_USERNAME: "nobody", BREAKWATER_PASSWORD: "nothing" };
    expect((await runMain(sandbox, ["tag", "list"], wrongUser)).code).toBe(0);
    const byFlag = ["tag", "list", "--username", "nobody", "--password", "nothing"];
    expect((await runMain(sandbox, byFlag, pair)).stderr).toContain("wrong user name or password");

    const flags = ["--client-id", clientId, "--client-secret", clientSecret];
    const login = await runMain(sandbox, ["login", ...flags, "--output", "json"], base);
    const { profile } = JSON.parse(login.stdout);
    expect(statSync(profile).mode & 0o777).toBe(0o600);
    expect(readFileSync(profile, "utf8")).not.toContain(clientSecret);
    expect((await runMain(sandbox, ["tag", "list"])).code).toBe(0);

    const rotated = await json("client", "rotate", clientId);
    expect((await runMain(sandbox, ["tag", "list"], pair)).stderr).toContain("wrong client id or client secret");
    const fresh = { ...pair, BREAKWATER_CLIENT_SECRET: rotated.clientSecret };
    expect((await runMain(sandbox, ["tag", "list"], fresh)).code).toBe(0);
    expect(await json("client", "update", "ci", "--name", "nightly")).toMatchObject({ name: "nightly" });
    expect((await bw("client", "revoke", "nightly", "--yes")).stdout).toBe("Revoked.\n");
    expect((await runMain(sandbox, ["tag", "list"], fresh)).code).toBe(1);
    expect((await bw("client", "list")).stdout).toMatch(/│ nightly │ the subscription │ ADMIN +│ REVOKED │/);
    await json("client", "delete", "nightly", "--yes");
  });
});

test("subscriptions and limits: a tenant of its own, a level, and numbers for one API", async () => {
  const made = await json(
    ...["subscription", "create", "Beta", "--username", "beta_mgr", "--password", "Beta-manager-pass-1"],
    ...["--level", "Express"],
  );
  expect(made).toMatchObject({ name: "Beta", serviceLevel: "Express", isOperator: false });
  const beta = ["--username", "beta_mgr", "--password", "Beta-manager-pass-1"];
  expect(await json("subscription", "list", ...beta)).toHaveLength(1);
  const changed = await json("subscription", "update", "Beta", "--lockout-threshold", "3", "--allow-ip", "127.0.0.0/8");
  expect(changed).toMatchObject({ lockoutThreshold: 3, ipAllowList: ["127.0.0.0/8"] });
  expect(await refusal("limit", "set", "--level", "Premium", ...beta)).toContain("breakwater: ");

  const api = "GET /ot/1.0/host/list";
  const own = await json("limit", "set", "--rate", "5/10", "--concurrency", "1", "--api", api);
  expect(own).toMatchObject({ level: "Standard" });
  expect(own.apis).toContainEqual(
    expect.objectContaining({ api, isException: true, rate: { calls: 5, windowSec: 10 }, concurrency: 1 }),
  );
  expect((await bw("limit", "show")).stdout).toMatch(/│ GET \/ot\/1\.0\/host\/list +│ 5 in 10 s +│ +1 │ yes /);
  // A path alone says enough, and a wrong one is answered with the right one.
  expect(await refusal("limit", "clear", "--api", "/ot/1.0/host/lst")).toContain(`did you mean "${api}"`);
  expect((await bw("limit", "clear", "--api", "/ot/1.0/host/list")).stdout).toBe(
    "Standard: for each API 300 calls in any 3600 s, 2 at once\n",
  );
  expect(await json("limit", "set", "--level", "Premium", "--subscription", "Beta")).toMatchObject({
    subscriptionId: made.id,
    level: "Premium",
  });
  expect(await json("limit", "show", "--subscription", String(made.id))).toMatchObject({ level: "Premium" });
  expect(await json("subscription", "delete", "beta", "--yes")).toMatchObject({ name: "Beta" });
  const ofDeleted = ["--subscription-id", String(made.id)];
  expect(await json("audit", "list", ...ofDeleted)).toContainEqual(
    expect.objectContaining({ subscriptionId: made.id, actor: "beta_mgr" }),
  );
  expect(await json("audit", "verify", ...ofDeleted)).toMatchObject({ ok: true });
});

test("versions, keys, release notes and providers of the installation", async () => {
  const api = "GET /ot/v1/host/list";
  expect(await json("version", "set", "/ot/v1/host/list", "--eol", "2099-01-01")).toMatchObject({
    api,
    eolAt: "2099-01-01T00:00:00.000Z",
    isEdited: true,
  });
  expect(await json("version", "set", api, "--no-eol")).toMatchObject({ eolAt: null });
  expect((await bw("version", "list")).stdout).toMatch(/│ GET \/ot\/v1\/host\/list +│ eos .*│ yes/);
  await json("version", "reset", api, "--yes");
  expect(await json("version", "show", api)).toMatchObject({ isEdited: false });

  expect(await json("key", "rotate", "--algorithm", "RS512")).toMatchObject({ algorithm: "RS512", retired: null });
  expect((await json("key", "list")).map(({ algorithm }: { algorithm: string }) => algorithm).sort()).toEqual([
    "HS512",
    "RS512",
    "RS512",
  ]);

  const entry = await json("note", "add", "Maintenance", "--text", "On Sunday", "--date", "2026-01-01");
  await json("note", "add", "Maintenance", "--text", "On Monday");
  expect(await refusal("note", "show", "Maintenance")).toContain("2 release notes are called");
  expect(await json("note", "show", entry.id)).toMatchObject({ text: "On Sunday" });
  await json("note", "delete", entry.id, "--yes");
  expect(await json("note", "list")).toHaveLength(1);

  const provider = ["--issuer", "https://idp.example", "--audience", "breakwater"];
  const idp = await json("idp", "create", "Corp", ...provider, "--jwks-url", "https://idp.example/jwks");
  expect(idp).toMatchObject({ jwksUrl: "https://idp.example/jwks", userClaim: "sub" });
  writeFileSync(join(sandbox.dir, "key.pem"), "no key");
  expect(await refusal("idp", "update", "Corp", "--certificate", join(sandbox.dir, "key.pem"))).toMatch(/certificate/i);
  expect(await refusal("idp", "update", "Corp", "--certificate", "missing.pem")).toContain(
    "missing.pem cannot be read",
  );
  expect(await json("idp", "update", "Corp", "--user-by", "email")).toMatchObject({ userClaim: "email" });
  await json("idp", "delete", "Corp", "--yes");
});

test("webhooks: found by description, tested, rotated and switched off", async () => {
  const made = await json(
    ...["webhook", "create", "http://127.0.0.1:9/hook", "--event", "report.completed", "--description", "Local"],
  );
  expect(made.secret).toMatch(/^whsec_/);
  expect((await json("webhook", "rotate", "Local")).secret).not.toBe(made.secret);
  expect(await json("webhook", "test", made.id)).toMatchObject({ type: "webhook.test" });
  expect(await json("webhook", "deliveries", "http://127.0.0.1:9/hook")).toMatchObject([{ type: "webhook.test" }]);
  const changed = await json("webhook", "update", "Local", "--no-event", "--no-enable");
  expect(changed).toMatchObject({ events: [], isEnabled: false });
  expect(await json("webhook", "delete", "Local", "--yes")).toMatchObject({ id: made.id });
  expect((await bw("webhook", "list")).stdout).not.toContain("Local");
});

test("the audit log: listed page by page, exported with its head, and verified against it", async () => {
  const page = await bw("audit", "list", "--action", "admin.role.create", "--output", "json");
  expect(JSON.parse(page.stdout)).toMatchObject([{ actor: MANAGER.username, result: "success" }]);
  const first = await bw("audit", "list", "--limit", "2", "--output", "json");
  const [newest, second] = JSON.parse(first.stdout);
  expect(first.stderr).toContain(`--before ${second.id}`);
  expect(await json("audit", "list", "--limit", "1", "--before", String(newest.id))).toEqual([second]);

  const file = join(sandbox.dir, "audit.jsonl");
  const { head } = await json("audit", "export", "--out", file);
  const [headId, headHash] = head.split(" ");
  expect(readFileSync(file, "utf8").trim().split("\n").length).toBeGreaterThan(20);
  const csv = await bw("audit", "export", "--format", "csv", "--action", "admin.role.create");
  expect(csv.stdout.trim().split("\n")).toHaveLength(2);
  expect(csv.stderr).toContain("head of the log: ");
  expect(await json("audit", "verify", "--head-id", headId, "--head-hash", headHash)).toMatchObject({ ok: true });
  const broken = await bw("audit", "verify", "--head-id", headId, "--head-hash", "0".repeat(64));
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining(`event ${headId}`) });
});

test("platforms: those that are known, and those that the server lists, without a log-in", async () => {
  const known = await runMain(sandbox, ["platform", "list", "--output", "json"]);
  expect(JSON.parse(known.stdout)).toHaveLength(14);
  const listed = await runMain(sandbox, [
    "platform",
    "list",
    "--remote",
    "--url",
    installation.url,
    "--output",
    "json",
  ]);
  expect(JSON.parse(listed.stdout)).toMatchObject([{ isSelf: true, gatewayUrl: installation.url }]);
  // A name stands for its URL: nobody is logged in there.
  const elsewhere = await runMain(sandbox, ["tag", "list", "--url", "eu1"]);
  expect(elsewhere.stderr).toContain("not logged in at https://gateway.qg1.apps.qualys.eu");
});
