import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { type Finding, followReport, REPORTS, type Report, readFindings, submitReport } from "../reports.ts";
import { makePlantCapture, ownTest, useOwnTarget } from "../target.ts";

type Hosts = { assets: { assetId: number; name: string; ipAddress: string[]; tags: string[]; criticality: number }[] };

const target = useOwnTarget();
const password = "a-long-pass-phrase-1";
let manager: string;
let reader: string;
let outsider: string;
let all: Hosts["assets"];

const listHosts = async (token: string, path = "/ot/1.0/host/list?pageSize=100") => {
  const response = await get(target, path, token);
  return { count: Number(response.headers.get("count")), ...(await bodyOf<Hosts>(response)) };
};
const createTag = async (json: object) =>
  bodyOf(await call(target, "POST", "/admin/1.0/tag/create", { token: manager, json }), 201);
const createReader = async (username: string, scopeTags?: string[]) => {
  const json = { username, password, role: "Reader", ...(scopeTags ? { scopeTags } : {}) };
  await bodyOf(await call(target, "POST", "/admin/1.0/user/create", { token: manager, json }), 201);
  return logIn(target, { username, password });
};
const idsOf = (hosts: Hosts["assets"]) => hosts.map((host) => host.assetId).sort((a, b) => a - b);

/** Findings on three of the plant's addresses and two machines beside it. */
const scan = nessusFile(
  ["192.168.20.10", "192.168.20.11", "192.168.20.30", "192.168.20.101", "192.168.20.102"].map((ip, index) => ({
    ip,
    fqdn: `machine-${index}.plant.example`,
    mac: `02:00:5e:10:00:0${index}`,
    items: [{ pluginId: 70_001 }, { pluginId: 70_002, port: 80 }],
  })),
);

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  manager = await logIn(target);
  await importFile(target, manager, await makePlantCapture());
  await importFile(target, manager, scan);
  await createTag({ name: "Siemens cell", rule: "asset.interface.address:[192.168.20.30 .. 192.168.20.34]" });
  ({ assets: all } = await listHosts(manager));
  const two = all.filter(({ ipAddress }) => ipAddress.some((ip) => /^192\.168\.20\.1[01]$/.test(ip)));
  await createTag({ name: "Two adapters", criticality: 5, assetIds: idsOf(two) });
  reader = await createReader("scope_reader", ["Siemens cell", "Two adapters"]);
  outsider = await createReader("scope_outsider");
});

describe("lists", () => {
  ownTest("platform 3 [D]: a Manager sees all hosts, a Reader exactly those of the scope tags", async () => {
    expect(all.length).toBeGreaterThanOrEqual(12);
    const seen = await listHosts(reader);
    const expected = all.filter(({ ipAddress }) => ipAddress.some((ip) => /^192\.168\.20\.(1[01]|3[0-4])$/.test(ip)));
    expect(expected).toHaveLength(7);
    expect(idsOf(seen.assets)).toEqual(idsOf(expected));
  });

  ownTest("platform 3 [D]: header, count, both versions, filters and pages agree on the scope", async () => {
    expect((await listHosts(reader)).count).toBe(7);
    expect(await bodyOf(await get(target, "/ot/1.0/host/count", reader))).toEqual({ count: 7 });
    expect(idsOf((await listHosts(reader, "/ot/v1/host/list")).assets)).toEqual(
      idsOf((await listHosts(reader)).assets),
    );
    const walked: Hosts["assets"] = [];
    for (const page of [0, 1, 2]) {
      walked.push(...(await listHosts(reader, `/ot/1.0/host/list?pageSize=3&pageNumber=${page}`)).assets);
    }
    expect(walked).toHaveLength(7);
    const wide = query({ filter: "asset.assetId>0 or not asset.assetId>0", pageSize: 100 });
    expect((await listHosts(reader, `/ot/1.0/host/list${wide}`)).count).toBe(7);
  });

  ownTest("platform 3 [D]: a filter cannot reach out of the scope", async () => {
    const hidden = all.find(({ ipAddress }) => ipAddress.includes("192.168.20.14"));
    expect(hidden).toBeDefined();
    const filter = query({ filter: `asset.assetId:${hidden?.assetId}` });
    expect((await listHosts(manager, `/ot/1.0/host/list${filter}`)).count).toBe(1);
    expect(await listHosts(reader, `/ot/1.0/host/list${filter}`)).toEqual({ assets: [], count: 0 });
  });

  ownTest("platform 3 [D]: who has no scope tag sees nothing", async () => {
    expect(await listHosts(outsider)).toEqual({ assets: [], count: 0 });
    expect(await bodyOf(await get(target, "/ot/1.0/host/count", outsider))).toEqual({ count: 0 });
    expect(await readFindings(target, outsider)).toEqual([]);
  });
});

describe("reports", () => {
  const addresses = (findings: Finding[]) =>
    [...new Set(findings.map((finding) => finding.asset.tags.join()))].sort((a, b) => a.localeCompare(b));

  ownTest("platform 3 [D]: a report holds what its maker may see", async () => {
    const everything = await readFindings(target, manager);
    const mine = await readFindings(target, reader);
    expect(everything).toHaveLength(10);
    expect(mine).toHaveLength(6);
    expect(addresses(mine)).toEqual(["Siemens cell", "Two adapters"]);
    const expected = everything.filter((finding) => finding.asset.tags.length > 0);
    expect(mine.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
  });

  ownTest("platform 3 [D]: a Manager's report is not there for a Reader, in any of its forms", async () => {
    const { id } = await submitReport(target, manager, { reportFormat: "JSON", name: "Managers only" });
    const { resources } = await followReport(target, manager, id);
    for (const path of [id, `${id}/download`, `${id}/resources/${resources[0]}`]) {
      const response = await get(target, `${REPORTS}/${path}`, reader);
      expect(response.status, path).toBe(404);
      expect(response.headers.get("etag")).toBeNull();
    }
    expect((await call(target, "DELETE", `${REPORTS}/${id}`, { token: reader })).status).toBe(404);
    expect((await get(target, `${REPORTS}/${id}`, manager)).status).toBe(200);
    const list = await call(target, "POST", `${REPORTS}/list`, { token: reader, json: { limit: 1000 } });
    const shown = await bodyOf<Report[]>(list);
    expect(shown.map((report) => report.id)).not.toContain(id);
    expect(Number(list.headers.get("count"))).toBe(shown.length);
  });

  ownTest("platform 3 [D]: a Reader's report is there for the Manager", async () => {
    const { id } = await submitReport(target, reader, { reportFormat: "JSON" });
    await followReport(target, reader, id);
    expect((await get(target, `${REPORTS}/${id}/download`, manager)).status).toBe(200);
  });
});

describe("tags", () => {
  ownTest("platform 3 [D]: a rule tags what later imports bring, and scope is looked at when reading", async () => {
    await createTag({ name: "Office", rule: "asset.name:office" });
    const officer = await createReader("office_reader", ["Office"]);
    expect(await readFindings(target, officer)).toEqual([]);
    const file = nessusFile([
      { ip: "10.9.0.1", fqdn: "office-1.plant.example", mac: "02:00:5e:20:00:01", items: [{ pluginId: 70_003 }] },
      { ip: "10.9.0.2", fqdn: "line-1.plant.example", mac: "02:00:5e:20:00:02", items: [{ pluginId: 70_003 }] },
    ]);
    await importFile(target, manager, file);
    const findings = await readFindings(target, officer);
    expect(findings.map(({ asset }) => asset.tags)).toEqual([["Office"]]);
  });

  ownTest("platform 3 [B]: the highest criticality among an asset's tags is the asset's", async () => {
    const { assets } = await listHosts(manager);
    const tagged = assets.filter((host) => host.tags.includes("Two adapters"));
    expect(tagged.map((host) => host.criticality)).toEqual([5, 5]);
    const others = assets.filter((host) => !host.tags.includes("Two adapters"));
    expect(new Set(others.map((host) => host.criticality))).toEqual(new Set([2]));
  });

  ownTest("platform 3 [B]: a tag tells how many assets carry it", async () => {
    const tags = await bodyOf<{ name: string; assetCount: number }[]>(
      await get(target, "/admin/1.0/tag/list", manager),
    );
    expect(tags).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "Two adapters", assetCount: 2 }),
        expect.objectContaining({ name: "Siemens cell", assetCount: 5 }),
      ]),
    );
  });
});
