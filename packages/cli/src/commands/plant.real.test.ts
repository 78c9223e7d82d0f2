import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliProcess, createSandbox, runCli, type Sandbox, startCli } from "../testing/cli-process.fixture.ts";

const shared = fileURLToPath(new URL("../../../../../shared/data/", import.meta.url));
const hasSamples = existsSync(`${shared}knowledge/csaf`) && existsSync(`${shared}ot/captures`);
const MANAGER = { BREAKWATER_USERNAME: "acme_mgr1", BREAKWATER_PASSWORD: "Correct-horse-7-battery" };
const FIRST_CAPTURE = `${shared}ot/captures/enip/enip_cip_example.pcap`;
const CAPTURES = globSync(`${shared}ot/captures/*/*`).sort();
/** Its clock says 1970, so that the time of each import counts for it. */
const UNDATED = `${shared}ot/captures/bacnet/bacnet_error_reject_abort.pcap`;
const PROJECT_FILES = globSync(`${shared}ot/projectfiles/*`).sort();

type Host = {
  assetId: number;
  name: string;
  ipAddress: string[];
  macAddress: string[];
  hardware: Record<string, string | null>;
  interfaces: { address: string; protocol: string; port: number }[];
  modules: { slot: number; catalogNumber: string }[];
  inventory: { source: string }[];
  projectFiles: { name: string }[];
  tags: string[];
  risk: number;
  vulnerabilityCount: number;
  created: string;
};
type Detection = {
  uuid: string;
  qid: number;
  typeDetected: string;
  status: string;
  cveIds: string[];
  qds: number;
  threatIntel: string[];
  firstDetected: string;
  advisory: { id: string };
  asset: { assetId: number };
};
type ProjectFile = { id: string; name: string; status: string; fileHash: string; assetCount: number; assets: object[] };

let sandbox: Sandbox;
let server: CliProcess;
let url: string;
let token: string;

async function logIn(username: string, password: string): Promise<string> {
  const body = new URLSearchParams({ username, password, token: "true" });
  return await (await fetch(`${url}/auth`, { method: "POST", body })).text();
}

/** As the documented curl calls ask. */
async function curl(path: string, own: string = token) {
  const headers = { accept: "*/*", authorization: `Bearer ${own}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { headers });
  const count = Number(response.headers.get("count") ?? Number.NaN);
  return { status: response.status, headers: response.headers, count, body: (await response.json()) as unknown };
}
const query = (parameters: Record<string, string | number>) =>
  `?${new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]))}`;

function hosts(filter = "", own = token): Promise<Host[]> {
  return readAll("host", filter, own, (body) => (body as { assets: Host[] }).assets);
}
function detections(filter = "", own = token): Promise<Detection[]> {
  return readAll("detection", filter, own, (body) => (body as { vulnerabilities: Detection[] }).vulnerabilities);
}
async function readAll<T>(object: string, filter: string, own: string, toRecords: (body: unknown) => T[]) {
  const all: T[] = [];
  for (let pageNumber = 0; ; pageNumber++) {
    const page = await curl(`/ot/1.0/${object}/list${query({ filter, pageNumber, pageSize: 100 })}`, own);
    all.push(...toRecords(page.body));
    if (all.length >= page.count) return all;
  }
}
async function run(...args: string[]) {
  const finished = await runCli(sandbox, [...args, "--output", "json"], { ...MANAGER, BREAKWATER_URL: url });
  expect(finished.code, finished.stderr).toBe(0);
  return JSON.parse(finished.stdout) as { status: string; format: string; counts: Record<string, number> }[];
}
const cvesOf = (found: readonly Detection[], type: string) =>
  found
    .filter(({ typeDetected }) => typeDetected === type)
    .flatMap(({ cveIds }) => cveIds)
    .sort();

describe.skipIf(!hasSamples)("the public plant data, from an empty installation, by command line and curl", () => {
  beforeAll(async () => {
    sandbox = await createSandbox();
    const args = ["serve", "--port", "0", "--data-dir", "data", "--log-level", "warn", "--output", "json"];
    server = startCli(sandbox, args, {
      BREAKWATER_ADMIN_USERNAME: MANAGER.BREAKWATER_USERNAME,
      BREAKWATER_ADMIN_PASSWORD: MANAGER.BREAKWATER_PASSWORD,
    });
    url = JSON.parse(await server.line(/"ready"/)).url;
    token = await logIn(MANAGER.BREAKWATER_USERNAME, MANAGER.BREAKWATER_PASSWORD);
  });
  afterAll(async () => {
    await server?.stopGroup("SIGTERM");
    await sandbox?.remove();
  });

  it("answers empty lists, and 404 for project files, before anything was imported", async () => {
    for (const version of ["v1", "1.0"]) {
      expect(await curl(`/ot/${version}/host/list`)).toMatchObject({ status: 200, count: 0, body: { assets: [] } });
      const vulnerabilities = await curl(`/ot/${version}/detection/list`);
      expect(vulnerabilities).toMatchObject({ status: 200, count: 0, body: { vulnerabilities: [] } });
      const files = await curl(`/ot/${version}/projectfile/list`);
      expect(files).toMatchObject({ status: 404, body: { message: expect.any(String) } });
    }
    for (const object of ["host", "detection", "projectfile"])
      expect((await curl(`/ot/1.0/${object}/count`)).body).toEqual({ count: 0 });
    for (const object of ["network", "event", "advisory"])
      expect(await curl(`/ot/1.0/${object}/list`)).toMatchObject({ status: 200, count: 0, body: [] });
  });

  it("takes a capture, the feeds, all captures and the project files", { timeout: 300_000 }, async () => {
    await run("capture", "import", FIRST_CAPTURE);
    expect(await run("feeds", "load", "csaf", `${shared}knowledge/csaf`)).toMatchObject([
      { status: "COMPLETED", format: "csaf", counts: { recordsRead: 2379, recordsRefused: 0, warnings: 0 } },
    ]);
    const [kev] = globSync(`${shared}knowledge/kev/*.json`).sort();
    expect(await run("feeds", "load", "kev", kev!)).toMatchObject([{ status: "COMPLETED", format: "kev" }]);
    const captures = await run("capture", "import", ...CAPTURES);
    expect(captures.map(({ status }) => status)).toEqual(CAPTURES.map(() => "COMPLETED"));
    const projects = await run("projectfile", "import", ...PROJECT_FILES);
    expect(projects.map(({ status }) => status)).toEqual(PROJECT_FILES.map(() => "COMPLETED"));
  });

  it("lists the controllers of the captures with what they are", async () => {
    expect(await hosts("hardware.serialNumber:`S C-B1U393142011`")).toMatchObject([
      {
        ipAddress: ["134.217.61.211"],
        hardware: { orderNumber: "6ES7 315-2EH14-0AB0", firmwareVersion: "V3.2.7", family: "S7-300" },
        interfaces: [{ protocol: "s7comm", port: 102 }],
        inventory: [{ source: "Passive Sensor" }],
      },
    ]);
    // The Omron controller that had the address at another time is a conflict in its evidence, not a part of it.
    const [module] = await hosts("hardware.catalogNumber:`1756-ENBT/A`");
    expect(module!.hardware).toMatchObject({
      manufacturer: "Rockwell Automation",
      model: "1756-ENBT",
      orderNumber: null,
      serialNumber: "0x00524d8e",
      firmwareVersion: "4.3",
    });
    const { body } = await curl(`/ot/1.0/host/${module!.assetId}`);
    expect((body as { evidence: object[] }).evidence).toContainEqual(
      expect.objectContaining({ field: "orderNumber", value: "CP1L-EL20DR-D", standing: "conflict", protocol: "fins" }),
    );
  });

  it("keeps devices apart that were captured behind one MAC", async () => {
    const bacnet = await hosts("interfaces:(protocol:bacnet and port:47808)");
    expect(bacnet.length).toBeGreaterThan(35);
    expect(bacnet.flatMap(({ macAddress }) => macAddress)).toEqual([]);
    for (const { ipAddress } of bacnet) expect(ipAddress).toHaveLength(1);
  });

  it("finds exactly the vulnerabilities of the S7-315 and of the 1756-ENBT/A", async () => {
    const controller = await detections("hardware.orderNumber:`6ES7 315-2EH14-0AB0`");
    expect(cvesOf(controller, "Confirmed")).toEqual([
      ...["CVE-2018-4843", "CVE-2019-10923", "CVE-2019-10936", "CVE-2019-19300", "CVE-2019-6568"],
      ...["CVE-2022-25622", "CVE-2022-30694", "CVE-2022-4304"],
    ]);
    expect(cvesOf(controller, "Potential")).toEqual(["CVE-2019-13940"]);
    const module = await detections("hardware.catalogNumber:`1756-ENBT/A`");
    expect(module.map(({ advisory, typeDetected }) => [advisory.id, typeDetected])).toEqual([
      ["ICSA-18-310-02", "Confirmed"],
    ]);
  });

  it("confirms nothing by a firmware version that was only configured, except where all versions are meant", async () => {
    const planned = await detections("inventory.source:`Project File` and vulnerabilities.typeDetected:Confirmed");
    expect([...new Set(planned.map(({ advisory }) => advisory.id))]).toEqual(["ICSA-22-090-05"]);
  });

  it("lists the project files with their hashes and hosts, which are tagged", async () => {
    const { body, count } = await curl("/ot/1.0/projectfile/list");
    const files = body as ProjectFile[];
    expect(count).toBe(PROJECT_FILES.length);
    for (const path of PROJECT_FILES) {
      const fileHash = createHash("sha256").update(readFileSync(path)).digest("hex");
      const file = files.find(({ name }) => name === basename(path));
      expect(file).toMatchObject({ fileHash, status: path.endsWith("ACD") ? "PARTIAL" : "PROCESSED" });
      expect(file!.assets).toHaveLength(file!.assetCount);
      expect((await curl(`/ot/1.0/projectfile/${file!.id}`)).body).toMatchObject(file!);
    }
    const tagged = await hosts("asset.tags.name:ICS_OCA");
    expect(tagged.every(({ projectFiles }) => projectFiles.length > 0)).toBe(true);
    expect(tagged).toHaveLength((await hosts("projectFile.name is not null")).length);
    const [controller] = await hosts("asset.name:TestController");
    expect(controller!.modules.length).toBeGreaterThan(10);
  });

  it("counts, pages and sorts as it lists, in both versions", async () => {
    for (const [object, member] of [
      ["host", "assets"],
      ["detection", "vulnerabilities"],
      ["projectfile", null],
    ] as const) {
      const path = `/ot/1.0/${object}`;
      const { count } = (await curl(`${path}/count`)).body as { count: number };
      const seen = new Set<string>();
      for (let pageNumber = 0; pageNumber * 7 < count; pageNumber++) {
        const page = await curl(`${path}/list${query({ pageNumber, pageSize: 7 })}`);
        const old = await curl(`/ot/v1/${object}/list${query({ pageNumber, pageSize: 7 })}`);
        expect(page.count).toBe(count);
        expect(old.body).toEqual(page.body);
        expect(old.headers.get("link")).toContain(`<${path}/list>; rel="successor-version"`);
        const records = (member === null ? page.body : (page.body as Record<string, unknown>)[member]) as object[];
        for (const record of records) seen.add(JSON.stringify(record));
      }
      expect(seen.size).toBe(count);
      expect(await curl(`${path}/list?pageNumber=9999`)).toMatchObject({ status: 200, count });
    }
    const sort = '[{"vulnerabilities.lastDetected":"desc"},{"vulnerabilities.qid":"asc"}]';
    const { body } = await curl(`/ot/1.0/detection/list${query({ sort, pageSize: 100 })}`);
    const keys = (body as { vulnerabilities: (Detection & { lastDetected: string })[] }).vulnerabilities.map(
      ({ lastDetected, qid }) => [-Date.parse(lastDetected), qid] as const,
    );
    expect(keys).toEqual(keys.toSorted(([a, x], [b, y]) => a - b || x - y));
  });

  it("shows hosts and vulnerabilities in ETM once, with one score", async () => {
    const listed = await hosts();
    const { body: assets } = await curl("/etm/1.0/asset/list?pageSize=1000");
    const scores = (assets as { id: string; truRiskScore: number; findingCount: number }[]).map((asset) => {
      return [asset.id, asset.truRiskScore, asset.findingCount].join();
    });
    expect(scores.sort()).toEqual(
      listed.map(({ assetId, risk, vulnerabilityCount }) => [assetId, risk, vulnerabilityCount].join()).sort(),
    );
    const found = await detections();
    const { body: findings } = await curl("/etm/1.0/finding/list?pageSize=1000");
    const told = findings as { cveId: string; qds: number; asset: { internalAssetId: string } }[];
    const scoreOf = new Map(told.map(({ cveId, qds, asset }) => [`${asset.internalAssetId} ${cveId}`, qds]));
    expect(scoreOf.size).toBe(told.length);
    expect(new Set(found.flatMap(({ asset, cveIds }) => cveIds.map((id) => `${asset.assetId} ${id}`)))).toEqual(
      new Set(scoreOf.keys()),
    );
    for (const { asset, cveIds, qds } of found)
      expect(qds).toBe(Math.max(...cveIds.map((id) => scoreOf.get(`${asset.assetId} ${id}`)!)));
  });

  it("shows others what is in their scope only", async () => {
    await run(
      "user",
      "create",
      ...["--username", "engineer", "--password", "a-long-pass-phrase-1"],
      ...["--role"],
      "VMDR OT user",
      ...["--scope-tag", "ICS_OCA"],
    );
    const own = await logIn("engineer", "a-long-pass-phrase-1");
    const seen = (await hosts("", own)).map(({ assetId }) => assetId);
    expect(seen.sort()).toEqual((await hosts("asset.tags.name:ICS_OCA")).map(({ assetId }) => assetId).sort());
    const found = await detections("", own);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ asset }) => seen.includes(asset.assetId))).toBe(true);
    expect((await curl("/ot/1.0/detection/count", own)).body).toEqual({ count: found.length });
    const [hidden] = await hosts("hardware.catalogNumber:`1756-ENBT/A`");
    expect((await curl(`/ot/1.0/host/${hidden!.assetId}`, own)).status).toBe(404);
    const conversations = await curl("/ot/1.0/network/list?pageSize=100", own);
    const ends = (conversations.body as { client: End; server: End }[]).flatMap(({ client, server: to }) => [
      client,
      to,
    ]);
    expect(conversations.count).toBeLessThan((await curl("/ot/1.0/network/list")).count);
    for (const { assetId } of ends) if (assetId !== null) expect(seen).toContain(assetId);
  });

  it("brings nothing new when all is imported again, in another order, and changes nothing after that", {
    timeout: 300_000,
  }, async () => {
    const state = async () => ({
      hosts: await hosts(),
      detections: await detections(),
      network: (await curl("/ot/1.0/network/list?pageSize=100")).body,
      events: (await curl("/ot/1.0/event/list?pageSize=100")).body,
    });
    const found = async () =>
      (await detections()).map(({ uuid, qid, typeDetected }) => [uuid, qid, typeDetected].join());
    const before = await found();
    await run("feeds", "load", "csaf", `${shared}knowledge/csaf`);
    const again = await run("capture", "import", ...CAPTURES.toReversed());
    for (const { counts } of [...again, ...(await run("projectfile", "import", ...PROJECT_FILES))])
      expect(counts).toMatchObject({ assetsNew: 0, assetsMerged: 0, hostsNew: 0, findingsNew: 0, findingsFixed: 0 });
    expect((await found()).sort()).toEqual(before.sort());
    // The first time around, later files made hosts known whose addresses stand in earlier ones.
    const settled = await state();
    const last = await run("capture", "import", ...CAPTURES.filter((path) => path !== UNDATED));
    for (const { counts } of last) expect(counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0 });
    expect(await state()).toEqual(settled);
  });
});

type End = { assetId: number | null };
