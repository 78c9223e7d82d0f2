import { writeCsaf } from "@breakwater/simulator/advisories/index";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect } from "vitest";
import { browserTest, eventually, idsInTable, search, useConsole } from "./browser.ts";
import { bodyOf, call, get, liftLimits, logIn, query } from "./http.ts";
import { importFile } from "./imports.ts";
import { nessusFile } from "./nessus-file.ts";
import { HandClock, type Login, makePlantCapture, makeProtocolCapture, useOwnTarget } from "./target.ts";

type Host = { assetId: number; name: string; modules: unknown[]; ipAddress: string[] };
type Detection = { uuid: string; evidence: { comparison: string }[] };

// After anything that the machine's own clock has written, so that there is a first snapshot for the trend.
const clock = new HandClock("2040-05-01T10:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const browser = useConsole(target);
const READER: Login = { username: "plant_reader", password: "a-long-pass-phrase-1" };
const OPEN = "vulnerabilities.status:[NEW, ACTIVE, REOPENED]";
let manager: string;

const send = async <T>(method: string, path: string, json: object, status = 201) =>
  bodyOf<T>(await call(target, method, path, { token: manager, json }), status);

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  manager = await logIn(target);
  await liftLimits(target, manager);
});

browserTest("console: an installation without data says what to do first", async () => {
  const page = await browser.open("/", target.manager);
  const start = page.getByRole("region", { name: "Nothing is known yet" });
  await start.getByRole("link", { name: "Import a file" }).waitFor();
  await eventually(() => page.getByText("never loaded").count()).toBe(5);
  expect(await page.getByRole("region").count()).toBe(2);
});

browserTest(
  "ot 1 [O]: no project file at all is 404 in the API, and a list without records in the console",
  async () => {
    expect((await get(target, "/ot/1.0/projectfile/list", manager)).status).toBe(404);
    const page = await browser.open("/ot/files", target.manager);
    await page.getByText("0 in all").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  },
);

describe("with a plant", () => {
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    const files = [await makePlantCapture(), makeProtocolCapture(), ADAPTERS, ADVISORY, KEV, SCAN];
    for (const file of files) await importFile(target, manager, file);
    await send("POST", "/admin/1.0/tag/create", { name: "Cell", rule: "asset.interface.address:192.168.20.30" });
    await send("POST", "/admin/1.0/user/create", { ...READER, role: "Reader", scopeTags: ["Cell"] });
  });

  browserTest(
    "console: OT hosts and detections are those that the API lists, in its order, also searched",
    async () => {
      const page = await browser.open("/ot/hosts", target.manager);
      await eventually(() => idsInTable(page, "OT hosts", "/ot/hosts")).toEqual(await hostIds({}));
      const filter = "hardware.manufacturer:Siemens AND asset.purdueLevel:[0 .. 2]";
      await search(page, "Query over OT hosts", filter);
      const siemens = await hostIds({ filter });
      expect(siemens.length).toBeGreaterThan(0);
      await eventually(() => idsInTable(page, "OT hosts", "/ot/hosts")).toEqual(siemens);
      await page.goto(`${target.url}/console/ot/detections`);
      const detections = (await readDetections({})).map(({ uuid }) => uuid);
      expect(detections.length).toBeGreaterThan(0);
      await eventually(() => idsInTable(page, "OT detections", "/ot/detections")).toEqual(detections);
    },
  );

  browserTest("console: conversations, events and advisories are as many as the API counts", async () => {
    for (const [address, path] of [
      ["networks", "network"],
      ["events", "event"],
      ["advisories", "advisory"],
    ]) {
      const count = (await get(target, `/ot/1.0/${path}/list`, manager)).headers.get("count");
      const page = await browser.open(`/ot/${address}`, target.manager);
      await page.getByText(`${count} in all`).waitFor();
    }
  });

  browserTest("console: a host shows its modules slot by slot, and where each word on it comes from", async () => {
    const { assets } = await readHosts({ filter: "interfaces.address:192.168.30.10" });
    const page = await browser.open(`/ot/hosts/${assets[0]?.assetId}`, target.manager);
    const chassis = page.getByRole("region", { name: "Modules" });
    await chassis.getByText("1756-IB16D/A").waitFor();
    await chassis.getByText("serial 0x00aa1003").waitFor();
    // Slots 1 to 3, of which nobody told.
    for (const slot of ["1", "2", "3"]) await chassis.getByText(slot, { exact: true }).waitFor();
    const evidence = page.getByRole("table", { name: "Evidence" });
    await evidence.getByRole("row").filter({ hasText: "slot 4: serial number" }).getByText("0x00aa1003").waitFor();
  });

  browserTest("console: a detection says why, on its host's page and on its own", async () => {
    const [detection] = await readDetections({ filter: "vulnerabilities.typeDetected:Confirmed" });
    const why = detection?.evidence[0]?.comparison ?? "";
    expect(why).not.toBe("");
    const { assets } = await readHosts({ filter: "interfaces.address:192.168.20.30" });
    const page = await browser.open(`/ot/hosts/${assets[0]?.assetId}`, target.manager);
    const row = page.getByRole("table", { name: "Detections" }).getByRole("row").nth(1);
    await row.getByText(why).waitFor();
    await row.getByRole("link").click();
    await page.getByRole("table", { name: "Why" }).getByText(why).waitFor();
    await page.getByRole("table", { name: "History" }).getByText("it began").waitFor();
  });

  browserTest("console: the overview's numbers are the API's counts of the queries that they lead to", async () => {
    const page = await browser.open("/", target.manager);
    await page.locator(".chart canvas").waitFor();
    const numbers = await overviewNumbers(page, manager);
    expect(numbers.length).toBeGreaterThan(18);
    const { count } = await readHosts({});
    // More than one call lists.
    expect(count).toBeGreaterThan(100);
    const hosts = numbers.filter(({ path }) => path === "/ot/hosts").map(({ shown }) => shown);
    // By vendor and by level: each host once in both.
    expect(hosts.reduce((sum, shown) => sum + shown, 0)).toBe(2 * count);
    const exploited = page.getByRole("table", { name: "Newest findings known to be exploited" });
    expect(await exploited.getByRole("link", { name: "A known flaw" }).count()).toBe(1);
    const feeds = page.getByRole("table", { name: "Age of what is known" });
    await feeds.getByRole("row").filter({ hasText: "EPSS" }).getByText("never loaded").waitFor();
    expect(await feeds.getByRole("row").filter({ hasText: "KEV" }).getByText("never loaded").count()).toBe(0);
  });

  browserTest(
    "platform 3 [D]: in the console a Reader's hosts, detections and numbers are those of the scope",
    async () => {
      const reader = await logIn(target, READER);
      const own = await hostIds({}, reader);
      expect(own).toHaveLength(1);
      const page = await browser.open("/", READER);
      const numbers = await overviewNumbers(page, reader);
      expect(numbers.filter(({ path, shown }) => path === "/ot/hosts" && shown > 0)).toMatchObject([
        { shown: 1 },
        { shown: 1 },
      ]);
      await page.goto(`${target.url}/console/ot/hosts`);
      await eventually(() => idsInTable(page, "OT hosts", "/ot/hosts")).toEqual(own);
      const foreign = (await hostIds({})).find((id) => !own.includes(id));
      await page.goto(`${target.url}/console/ot/hosts/${foreign}`);
      await page.getByRole("alert").filter({ hasText: "Not found" }).waitFor();
      const theirs = await readDetections({ filter: OPEN }, reader);
      const others = (await readDetections({})).filter(({ uuid }) => !theirs.some((one) => one.uuid === uuid));
      await page.goto(`${target.url}/console/ot/detections/${others[0]?.uuid}`);
      await page.getByRole("alert").filter({ hasText: "Not found" }).waitFor();
    },
  );

  browserTest(
    "console: of the plant's pages nothing is asked for elsewhere, and nothing breaks the policy",
    async () => {
      const page = await browser.open("/", target.manager);
      // What is drawn when it is pointed at.
      await page.locator(".chart canvas").hover();
      await page.getByRole("table", { name: "Hosts by Vendor" }).waitFor();
      const { requests, faults } = browser.traffic;
      expect(requests.filter((url) => !url.startsWith(`${target.url}/`))).toEqual([]);
      expect(requests.some((url) => url.includes("trend-chart"))).toBe(true);
      expect(faults).toEqual([]);
    },
  );
});

const COUNTS: Readonly<Record<string, string>> = {
  "/findings": "/etm/1.0/finding/count",
  "/assets": "/etm/1.0/asset/count",
  "/ot/hosts": "/ot/1.0/host/count",
  "/ot/detections": "/ot/1.0/detection/count",
};

/** Each number that the overview leads on from, as shown; expected to be what the API counts of that query. */
async function overviewNumbers(page: Page, token: string): Promise<{ path: string; shown: number }[]> {
  const links = page.locator("main a").filter({ hasText: /^[\d,]+$/ });
  for (const title of ["Hosts by Vendor", "Hosts by Purdue level", "Detections by Severity"]) {
    await page.getByRole("table", { name: title }).waitFor();
  }
  await eventually(() => page.getByText("…", { exact: true }).count()).toBe(0);
  const found = await links.evaluateAll((all) =>
    all.map((link) => ({ href: link.getAttribute("href") ?? "", text: link.textContent ?? "" })),
  );
  return Promise.all(
    found.map(async ({ href, text }) => {
      const { pathname, searchParams } = new URL(href, target.url);
      const path = pathname.replace("/console", "");
      const filter = searchParams.get("q") ?? "";
      const counted = await get(target, `${COUNTS[path]}${query(filter === "" ? {} : { filter })}`, token);
      const shown = Number(text.replaceAll(",", ""));
      expect([href, shown]).toEqual([href, (await bodyOf<{ count: number }>(counted)).count]);
      return { path, shown };
    }),
  );
}

/** As the console asks for them. */
async function readHosts(parameters: Record<string, string>, token = manager) {
  const sort = JSON.stringify([{ "asset.risk": "desc" }]);
  const answer = await get(target, `/ot/1.0/host/list${query({ sort, ...parameters })}`, token);
  return { ...(await bodyOf<{ assets: Host[] }>(answer)), count: Number(answer.headers.get("count")) };
}

async function hostIds(parameters: Record<string, string>, token = manager): Promise<string[]> {
  return (await readHosts(parameters, token)).assets.map(({ assetId }) => String(assetId));
}

async function readDetections(parameters: Record<string, string>, token = manager): Promise<Detection[]> {
  const sort = JSON.stringify([{ "vulnerabilities.qds": "desc" }]);
  const answer = await get(target, `/ot/1.0/detection/list${query({ sort, ...parameters })}`, token);
  return (await bodyOf<{ vulnerabilities: Detection[] }>(answer)).vulnerabilities;
}

/** More hosts than one page or call lists, of several vendors, as Zeek tells of them. */
const ADAPTERS = Array.from({ length: 110 }, (_, index) =>
  JSON.stringify({
    ts: 1741082400 + index,
    uid: `C${index}`,
    "id.orig_h": "10.63.0.5",
    "id.orig_p": "51000",
    "id.resp_h": `10.63.1.${index + 1}`,
    "id.resp_p": "44818",
    vendor_id: String([1, 40, 47, 90, 283, 562, 678, 772, 808][index % 9]),
    device_type_id: "12",
    product_code: String(index),
    revision: "1.1",
    serial_number: `0x0000${String(index).padStart(4, "0")}`,
    product_name: `Adapter ${index}`,
  }),
).join("\n");

/** The plant's S7-315 has it, and its 1756-L83E. */
const ADVISORY = writeCsaf({
  id: "EX-40-001",
  title: "Controllers stop",
  products: [
    {
      vendor: "Siemens",
      name: "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)",
      versions: "vers:all/<V3.2.16",
      modelNumbers: ["6ES7315-2EH14-0AB0"],
    },
    { vendor: "Rockwell Automation", name: "ControlLogix 5580 controllers", versions: "<= 33.013" },
  ],
  vulnerabilities: [{ cve: "CVE-2025-0101", score: 9.8, affected: [1, 2], fix: "Update to V3.2.16 or later version" }],
});

const KEV = JSON.stringify({
  title: "CISA Catalog of Known Exploited Vulnerabilities",
  catalogVersion: "2040.04.30",
  dateReleased: "2040-04-30T10:00:00.0000Z",
  count: 1,
  vulnerabilities: [{ cveID: "CVE-2021-44228", dateAdded: "2021-12-10", knownRansomwareCampaignUse: "Known" }],
});

const SCAN = nessusFile([
  {
    ip: "10.1.0.1",
    fqdn: "historian.plant.example",
    items: [
      { pluginId: 70_001, name: "A known flaw", severity: 4, cves: ["CVE-2021-44228"], port: 8080 },
      { pluginId: 70_002, name: "Another flaw", severity: 2, port: 443 },
    ],
  },
]);
