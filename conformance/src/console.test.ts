import { beforeAll, expect } from "vitest";
import { browserTest, eventually, idsInTable, search, signIn, useConsole } from "./browser.ts";
import { bodyOf, call, get, liftLimits, logIn, query } from "./http.ts";
import { importFile } from "./imports.ts";
import { nessusFile, type ScanHost } from "./nessus-file.ts";
import { type Finding, readFindings } from "./reports.ts";
import { type Login, useOwnTarget } from "./target.ts";

const target = useOwnTarget();
const browser = useConsole(target);
const READER: Login = { username: "console_reader", password: "a-long-pass-phrase-1" };
let manager: string;
let readerId: number;

const SCRIPT = "<script>window.isHacked = true</script><img src=x onerror='window.isHacked = true'>";
const escaped = SCRIPT.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** More findings than a page holds, of three machines; one has text that is meant to be run by a browser. */
const machine = (n: number): ScanHost => ({
  ip: `10.1.0.${n}`,
  fqdn: `machine-${n}.plant.example`,
  mac: `02:00:5e:20:00:0${n}`,
  operatingSystem: n === 3 ? escaped : "Linux Kernel 5.15",
  items: Array.from({ length: 25 }, (_, index) => ({
    pluginId: index === 0 && n === 3 ? 90_000 : 80_000 + index,
    name: index === 0 && n === 3 ? escaped : `Flaw ${index} of a web server`,
    severity: ((index % 4) + 1) as 1 | 2 | 3 | 4,
    port: 1000 + index,
    ...(index === 0 ? { output: escaped, description: escaped } : {}),
  })),
});

const send = async <T>(method: string, path: string, json: object, status = 201) =>
  bodyOf<T>(await call(target, method, path, { token: manager, json }), status);

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  manager = await logIn(target);
  await liftLimits(target, manager);
  await importFile(target, manager, nessusFile([1, 2, 3].map(machine)));
  await send("POST", "/admin/1.0/tag/create", { name: "First machine", rule: "asset.interface.address:10.1.0.1" });
  const reader = { ...READER, role: "Reader", scopeTags: ["First machine"] };
  readerId = (await send<{ id: number }>("POST", "/admin/1.0/user/create", reader)).id;
});

browserTest(
  "console: who is not signed in is asked to, is told of a wrong password, and arrives where they were going",
  async () => {
    const page = await browser.open("/assets?sort=asset.name%3Aasc");
    await signIn(page, { ...target.manager, password: "not the password" });
    await page.getByRole("alert").filter({ hasText: "Wrong user name or password" }).waitFor();
    await signIn(page, target.manager);
    await page.getByRole("heading", { name: "Assets" }).waitFor();
    expect(page.url()).toBe(`${target.url}/console/assets?sort=asset.name%3Aasc`);
    await page.getByRole("link", { name: "machine-1.plant.example" }).waitFor();

    await page.getByRole("button", { name: target.manager.username }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    await page.goto(`${target.url}/console/findings`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
  },
);

browserTest("qql 1 [B]: a query finds the same through list, count, tag rule, report and console", async () => {
  const page = await browser.open("/assets", target.manager);
  for (const [n, filter] of [
    "asset.name:machine-1* or asset.interface:(address:10.1.0.3 and macAddress:02:00:5e*)",
    "not asset.interface.address:[10.1.0.1 .. 10.1.0.2]",
    'operatingSystem.name:"Linux Kernel" and not software.name:OpenSSL',
  ].entries()) {
    await search(page, "Query over Assets", filter);
    await page.waitForURL((url) => url.searchParams.get("q") === filter);
    const listed = await idsOf(`/etm/1.0/asset/list${query({ filter })}`);
    await eventually(async () => (await idsInTable(page, "Assets", "/assets")).sort()).toEqual(listed);
    expect(listed.length).toBeGreaterThan(0);
    expect(await countOf(`/etm/1.0/asset/count${query({ filter })}`)).toBe(listed.length);
    const tag = await send<{ id: number }>("POST", "/admin/1.0/tag/create", { name: `Rule ${n}`, rule: filter });
    expect(await idsOf(`/etm/1.0/asset/list${query({ filter: `asset.tag.name:\`Rule ${n}\`` })}`)).toEqual(listed);
    expect(tag.id).toBeGreaterThan(0);
  }
});

browserTest("qql 1 [B]: a query over findings too, page by page, in the same order", async () => {
  const findingsQql = "finding.severity>=2 and (finding.title:flaw or not finding.port:[1000 .. 1009])";
  const sort = JSON.stringify([{ "finding.port": "desc" }]);
  const path = `/etm/1.0/finding/list${query({ filter: findingsQql, sort, pageSize: 1000 })}`;
  const listed = (await bodyOf<Finding[]>(await get(target, path, manager))).map(({ id }) => id);
  expect(listed.length).toBeGreaterThan(50);
  const page = await browser.open(`/findings?sort=finding.port%3Adesc`, target.manager);
  await search(page, "Query over Findings", findingsQql);
  await eventually(() => idsInTable(page, "Findings", "/findings")).toEqual(listed.slice(0, 50));
  await page.getByRole("button", { name: "Next" }).click();
  await eventually(() => idsInTable(page, "Findings", "/findings")).toEqual(listed.slice(50));
  await page.getByText(`51–${listed.length} of ${listed.length}`).waitFor();
  // The address holds all of it.
  await page.reload();
  await eventually(() => idsInTable(page, "Findings", "/findings")).toEqual(listed.slice(50));
  await page.getByRole("button", { name: "Previous" }).click();
  await eventually(() => idsInTable(page, "Findings", "/findings")).toEqual(listed.slice(0, 50));

  expect(await countOf(`/etm/1.0/finding/count${query({ filter: findingsQql })}`)).toBe(listed.length);
  const reported = await readFindings(target, manager, { findingsQql });
  expect(reported.map(({ id }) => id).sort()).toEqual([...listed].sort());
});

browserTest("qql 1 [B]: errors give position and the nearest token in the console, and are not sent", async () => {
  const page = await browser.open("/findings", target.manager);
  await page.getByRole("table", { name: "Findings" }).waitFor();
  const before = browser.traffic.requests.length;
  await search(page, "Query over Findings", "finding.port:1001 AND\nfinding.severty>=4");
  const alert = page.getByRole("alert");
  await alert.getByText('Line 2, column 1: Invalid QQL token "finding.severty"').waitFor();
  await page.locator(".cm-lintRange-error").filter({ hasText: "finding.severty" }).waitFor();
  expect(browser.traffic.requests.slice(before).filter((url) => url.includes("/finding/list"))).toEqual([]);
  await alert.getByRole("button", { name: "Use finding.severity" }).click();
  await page.waitForURL((url) => url.searchParams.get("q") === "finding.port:1001 AND\nfinding.severity>=4");
});

browserTest("console: the editor completes tokens and their known values", async () => {
  const page = await browser.open("/findings", target.manager);
  await page.getByRole("textbox", { name: "Query over Findings" }).click();
  await page.keyboard.type("finding.stat");
  const option = (name: string) => page.getByRole("option", { name });
  await option("finding.status").waitFor();
  await page.keyboard.press("Tab");
  await option("NEW").waitFor();
  await page.keyboard.type("RE");
  await option("REOPENED").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => /^finding\.status:RE/.test(url.searchParams.get("q") ?? ""));
});

browserTest(
  "platform 3 [D]: in the console a Reader sees what is in scope, and nothing of the rest by its address",
  async () => {
    const all = await bodyOf<{ id: string; name: string }[]>(await get(target, "/etm/1.0/asset/list", manager));
    const idOf = (name: string) => all.find((asset) => asset.name.startsWith(name))?.id;
    const page = await browser.open("/assets", READER);
    await eventually(() => idsInTable(page, "Assets", "/assets")).toEqual([idOf("machine-1")]);
    await page.getByText("1 in all").waitFor();
    await page.goto(`${target.url}/console/findings`);
    await page.getByText("25 in all").waitFor();
    await page.goto(`${target.url}/console/assets/${idOf("machine-2")}`);
    await page.getByRole("alert").filter({ hasText: "Not found" }).waitFor();
    // What the role does not allow is not offered.
    expect(await page.getByRole("link", { name: "Audit log" }).count()).toBe(0);
  },
);

browserTest("console: a session that the server ends leads to the sign-in page, which says so", async () => {
  const page = await browser.open("/assets", READER);
  await page.getByText("1 in all").waitFor();
  const token = await logIn(target, READER);
  await send("PUT", `/admin/1.0/user/${readerId}`, { status: "INACTIVE" }, 200);
  // Known on every node within a second.
  await eventually(async () => (await call(target, "GET", "/etm/1.0/asset/count", { token })).status).toBe(401);
  await search(page, "Query over Assets", "asset.riskScore>=1");
  await page.getByText("Your session was ended").waitFor();
  await signIn(page, READER);
  await page.getByRole("alert").filter({ hasText: "locked" }).waitFor();
});

browserTest("console: a session ends after its four hours, and the next one goes on where it was", async () => {
  const page = await browser.openApart("/assets?q=asset.name%3Amachine-1*", target.manager);
  await page.getByText("1 in all").waitFor();
  await page.clock.install();
  await page.reload();
  await page.getByText("1 in all").waitFor();
  await page.clock.fastForward("04:00:01");
  await page.getByText("Your session is over").waitFor();
  await signIn(page, target.manager);
  await page.getByRole("heading", { name: "Assets" }).waitFor();
  expect(page.url()).toBe(`${target.url}/console/assets?q=asset.name%3Amachine-1*`);
});

browserTest("console: text that scanners tell stays text", async () => {
  const page = await browser.open(
    "/findings?q=finding.port%3A1000&assets=asset.interface.address%3A10.1.0.3",
    target.manager,
  );
  await page.getByRole("link", { name: SCRIPT }).click();
  await page.getByRole("heading", { name: SCRIPT }).waitFor();
  await page.locator("pre").filter({ hasText: SCRIPT }).waitFor();
  await page.getByRole("region", { name: "Where it is" }).getByRole("link").click();
  await page.getByRole("region", { name: "What it is" }).getByText(SCRIPT).waitFor();
  expect(await page.evaluate("window.isHacked")).toBeUndefined();
});

browserTest("console: a finding says why it has its score; its risk is accepted and revoked", async () => {
  const [finding] = await bodyOf<Finding[]>(await get(target, "/etm/1.0/finding/list?pageSize=1", manager));
  const page = await browser.open(`/findings/${finding?.id}`, target.manager);
  const total = page.getByRole("table", { name: "Detection score" }).getByRole("row").last();
  await eventually(() => total.textContent()).toBe(`Detection score${finding?.qds}`);
  await page.getByLabel("Reason").fill("Behind a wall");
  await page.getByRole("button", { name: "Accept the risk" }).click();
  await page.getByRole("button", { name: "Revoke" }).waitFor();
  const now = await bodyOf<{ riskAcceptance: unknown }>(await get(target, `/etm/1.0/finding/${finding?.id}`, manager));
  expect(now.riskAcceptance).toMatchObject({ reason: "Behind a wall", endDate: null });
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Accept the risk" }).waitFor();
});

browserTest("console: a file is sent, becomes findings, and a report of them is taken and removed", async () => {
  const page = await browser.open("/imports", target.manager);
  const buffer = Buffer.from(nessusFile([{ ...machine(4), items: machine(4).items.slice(0, 2) }]));
  await page.locator("input[type=file]").setInputFiles({ name: "late.nessus", mimeType: "application/xml", buffer });
  await page.getByRole("combobox", { name: "Connection" }).fill("By hand");
  await page.getByRole("button", { name: "Import" }).click();
  const row = page.getByRole("row").filter({ hasText: "late.nessus" });
  await row.getByText("completed").waitFor();
  expect(await row.textContent()).toContain("By hand");
  await row.getByRole("link").click();
  await page.getByRole("heading", { name: "late.nessus" }).waitFor();
  await page.getByRole("region", { name: "What it did" }).getByText("Records read").waitFor();

  await page.goto(`${target.url}/console/assets?q=${encodeURIComponent("asset.name:machine-4*")}`);
  await page.getByText("1 in all").waitFor();
  await page.getByRole("button", { name: "Save as CSV report" }).click();
  await page.getByRole("link", { name: "see the reports" }).click();
  const report = page.getByRole("row").filter({ hasText: "asset.name:machine-4" });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    report.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.zip$/);
  await report.getByRole("button", { name: "Delete" }).click();
  await report.getByRole("button", { name: "Sure?" }).click();
  await report.waitFor({ state: "detached" });
});

browserTest("platform 3 [D]: the audit log is listed in the console", async () => {
  const page = await browser.open("/audit?result=failure", target.manager);
  await page.getByRole("heading", { name: "Audit log" }).waitFor();
  await page.getByRole("row").filter({ hasText: "auth.login" }).first().waitFor();
  expect(await page.getByRole("cell", { name: "success" }).count()).toBe(0);
  await page.getByLabel("What").fill("admin.tag.create");
  await page.getByLabel("Result").selectOption("");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByRole("row").filter({ hasText: "First machine" }).waitFor();
  expect(new URL(page.url()).search).toBe("?action=admin.tag.create");
});

browserTest("console: the overview leads from its numbers to the lists they count", async () => {
  const page = await browser.open("/", target.manager);
  const low = "finding.criticality:LOW AND finding.status:[NEW, ACTIVE, REOPENED, RETEST]";
  const count = await countOf(`/etm/1.0/finding/count${query({ filter: low })}`);
  await page
    .getByRole("region", { name: "Open findings", exact: true })
    .getByRole("link", { name: String(count), exact: true })
    .last()
    .click();
  await page.getByText(`${count} in all`).waitFor();
  expect(new URL(page.url()).searchParams.get("q")).toBe(low);
  await page.goBack();
  await page
    .getByRole("region", { name: "Assets at highest risk" })
    .getByRole("link", { name: /machine/ })
    .first()
    .waitFor();
  await page.getByRole("region", { name: "Age of what is known" }).getByText("never loaded").first().waitFor();
});

browserTest("console: nothing is asked for elsewhere, and no script runs but the console's own", async () => {
  const page = await browser.open("/nowhere", target.manager);
  await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  const { requests, faults } = browser.traffic;
  expect(requests.length).toBeGreaterThan(10);
  expect(requests.filter((url) => !url.startsWith(`${target.url}/`))).toEqual([]);
  expect(faults).toEqual([]);
  const add = (script: string) =>
    `(() => { const one = document.createElement("script"); ${script}; document.head.append(one); })()`;
  await page.evaluate(add('one.textContent = "window.isHacked = true"'));
  await page.evaluate(add('one.src = "data:text/javascript,window.isHacked=true"'));
  await eventually(() => faults.length).toBe(2);
  expect(await page.evaluate("window.isHacked")).toBeUndefined();
});

async function idsOf(path: string): Promise<string[]> {
  const records = await bodyOf<{ id: string }[]>(await get(target, path, manager));
  return records.map(({ id }) => id).sort();
}

async function countOf(path: string): Promise<number> {
  return (await bodyOf<{ count: number }>(await get(target, path, manager))).count;
}
