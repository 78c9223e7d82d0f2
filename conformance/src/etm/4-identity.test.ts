import { beforeEach, describe, expect } from "vitest";
import { Accounts, PASSWORD } from "../accounts.ts";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile, type ScanHost } from "../nessus-file.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

type Rule = { connection: string; rule: string; alias: { alias: string; name: string; toldBy: string } | null };
type Finding = {
  id: string;
  title: string;
  cveId: string | null;
  status: string;
  firstFound: number;
  sources: { connection: string; isPresent: boolean }[];
  asset: { internalAssetId: string };
  explanation: { identity: { rule: string; issue: string }; records: Rule[] };
};
type Asset = {
  id: string;
  truRiskScore: number;
  findingCount: number;
  explanation: {
    identifiers: { kind: string; value: string }[];
    sources: { connection: string; rule: string | null; identifiers: { kind: string; value: string }[] }[];
    apart: { assetId: string; connections: string[]; isPart: boolean }[];
  };
};

const clock = new HandClock("2026-05-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
let network = 0;
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(3600);
  network += 1;
  token = await logIn(target);
});

const ip = () => `10.44.${network}.1`;
const send = (file: string, connection: string) =>
  importFile(target, token, file, { path: `/ingest/1.0/import?connection=${connection}-${network}` });
const findings = async (): Promise<Finding[]> => {
  const assetFilter = `asset.interface.address:${ip()}`;
  return bodyOf(
    await get(target, `/etm/1.0/finding/list${query({ assetFilter, sort: '[{"finding.id":"asc"}]' })}`, token),
  );
};
const explained = async (id: string) => bodyOf<Finding>(await get(target, `/etm/1.0/finding/${id}`, token));

describe("one weakness under several names", () => {
  const GHSA = "GHSA-2222-2222-2222";
  /** What a source of the Open Cybersecurity Schema Framework calls a flaw of one package of the host. */
  const report = (name: { cve?: string; advisory?: string }) => {
    clock.advance(60);
    const vulnerability = {
      ...(name.cve ? { cve: { uid: name.cve } } : {}),
      ...(name.advisory ? { advisory: { uid: name.advisory } } : {}),
      severity: "High",
      affected_packages: [{ name: "lib", version: "1.0" }],
    };
    const device = { hostname: `host-${network}.alias.example`, ip: ip() };
    return JSON.stringify([
      { class_uid: 2002, time: clock.nowMs, device, metadata: { version: "1.1.0" }, vulnerabilities: [vulnerability] },
    ]);
  };
  const asCve = { cve: "CVE-2024-1001" };
  const asBoth = { cve: "CVE-2024-1001", advisory: GHSA };
  const asGhsa = { advisory: GHSA };

  for (const [name, order] of Object.entries({
    "the relation last": [asCve, asGhsa, asBoth],
    "the relation first": [asBoth, asGhsa, asCve],
    "the alias first": [asGhsa, asBoth, asCve],
  })) {
    ownTest(`etm 4 [B]: sources that call it by CVE, by alias and by both make one finding, ${name}`, async () => {
      // Names are the subscription's for good: each order has its own.
      const cve = `CVE-2024-${1000 + network}`;
      const alias = `GHSA-2222-2222-${2000 + network}`.replaceAll(/[01]/g, "5");
      const first = clock.nowMs + 60_000;
      for (const [index, names] of order.entries()) {
        const own = { ...("cve" in names ? { cve } : {}), ...("advisory" in names ? { advisory: alias } : {}) };
        await send(report(own), `s${index}`);
      }
      const [finding, ...others] = (await findings()) as [Finding, ...Finding[]];
      expect(others).toEqual([]);
      expect(finding).toMatchObject({ cveId: cve, status: "ACTIVE", firstFound: first });
      expect(finding.sources.filter(({ isPresent }) => isPresent)).toHaveLength(3);
      const { explanation } = await explained(finding.id);
      expect(explanation.identity).toMatchObject({ rule: "CVE", issue: cve });
      const byAlias = explanation.records.filter(({ rule }) => rule === "ALIAS");
      expect(byAlias).toMatchObject([{ alias: { alias, name: cve, toldBy: expect.stringContaining(cve) } }]);
    });
  }

  ownTest("etm 4 [B]: an alias of several CVEs stays a finding of its own", async () => {
    const alias = "GHSA-3333-3333-3333";
    await send(report({ advisory: alias }), "a");
    await send(report({ cve: "CVE-2024-2001", advisory: alias }), "b");
    expect(await findings()).toHaveLength(1);
    await send(report({ cve: "CVE-2024-2002", advisory: alias }), "c");
    expect((await findings()).map(({ cveId }) => cveId).sort()).toEqual(["CVE-2024-2001", "CVE-2024-2002", null]);
  });

  ownTest("etm 4 [B]: what a vendor's advisory bundles is not taken for one weakness", async () => {
    await send(report({ cve: "CVE-2024-3001", advisory: "DSA-5123-1" }), "a");
    await send(report({ advisory: "DSA-5123-1" }), "b");
    expect(await findings()).toHaveLength(2);
  });
});

describe("an asset that two things were taken for", () => {
  const mac = () => `00:1d:9c:44:00:${network.toString(16).padStart(2, "0")}`;
  const scan = (told: Partial<ScanHost>, pluginIds: number[]) => {
    clock.advance(60);
    const items = pluginIds.map((pluginId) => ({ pluginId }));
    return nessusFile([{ ip: ip(), endedAt: new Date(clock.nowMs).toISOString(), ...told, items }]);
  };
  const assets = async () =>
    bodyOf<Asset[]>(
      await get(target, `/etm/1.0/asset/list${query({ filter: `asset.interface.address:${ip()}` })}`, token),
    );
  const read = async (id: string, as = token) => bodyOf<Asset>(await get(target, `/etm/1.0/asset/${id}`, as));
  const act = (id: string, verb: string, json: object, as = token) =>
    call(target, "POST", `/etm/1.0/asset/${id}/${verb}`, { token: as, json });
  /** Known by its MAC to one source and by its address alone to another. */
  const makeOne = async () => {
    await send(scan({ mac: mac() }, [1, 2]), "north");
    await send(scan({}, [2, 3]), "south");
    const [asset, ...others] = (await assets()) as [Asset, ...Asset[]];
    expect(others).toEqual([]);
    return asset;
  };
  const checks = async (id: string) =>
    (await findings()).filter(({ asset }) => asset.internalAssetId === id).map(({ title }) => title);

  ownTest("etm 4 [B]: it shows which identifier joined which source", async () => {
    const { id } = await makeOne();
    const { explanation } = await read(id);
    expect(explanation.identifiers).toMatchObject([
      { kind: "mac", value: mac() },
      { kind: "ip", value: ip() },
    ]);
    expect(explanation.sources).toMatchObject([
      { connection: `north-${network}`, rule: null },
      { connection: `south-${network}`, rule: "ip", identifiers: [{ kind: "ip", value: ip() }] },
    ]);
    expect(explanation.apart).toEqual([]);
  });

  ownTest("etm 4 [B]: split, it is two, and stays so with the next reports; merged, it is one as before", async () => {
    const whole = await makeOne();
    const before = await findings();
    const part = await bodyOf<Asset>(await act(whole.id, "split", { connections: [`south-${network}`] }), 201);
    expect(await checks(whole.id)).toEqual(["Check 1", "Check 2"]);
    expect((await checks(part.id)).sort()).toEqual(["Check 2", "Check 3"]);
    expect((await read(whole.id)).truRiskScore).toBe((await read(part.id)).truRiskScore);
    expect((await read(part.id)).explanation.apart).toMatchObject([
      { assetId: whole.id, connections: [`south-${network}`], isPart: true },
    ]);

    expect((await act(whole.id, "merge", { assetId: part.id })).status).toBe(204);
    const withoutId = ({ id: _id, ...rest }: Finding) => rest;
    const byTitle = (a: { title: string }, b: { title: string }) => (a.title < b.title ? -1 : 1);
    expect((await findings()).map(withoutId).sort(byTitle)).toEqual(before.map(withoutId).sort(byTitle));
    expect((await read(whole.id)).truRiskScore).toBe(whole.truRiskScore);
    expect((await get(target, `/etm/1.0/asset/${part.id}`, token)).status).toBe(404);

    const again = await bodyOf<Asset>(await act(whole.id, "split", { connections: [`south-${network}`] }), 201);
    const { counts } = await send(scan({ mac: mac() }, [3]), "south");
    expect(counts).toMatchObject({ assetsNew: 0, findingsFixed: 1 });
    await send(scan({ mac: mac() }, [1, 2]), "north");
    expect(await checks(whole.id)).toEqual(["Check 1", "Check 2"]);
    expect((await checks(again.id)).sort()).toEqual(["Check 2", "Check 3"]);
    const log = await bodyOf<{ action: string; target: string }[]>(
      await get(target, `/admin/1.0/audit/list${query({ action: "etm.asset.split" })}`, token),
    );
    expect(log.filter((event) => event.target === whole.id)).toHaveLength(2);
  });

  ownTest(
    "etm 4 [B]: it is not split without a source that could go, nor by who may only read, nor by who does not see it",
    async () => {
      const { id } = await makeOne();
      for (const wish of [{}, { connections: ["nobody"] }, { connections: [`north-${network}`, `south-${network}`] }]) {
        expect((await act(id, "split", wish)).status).toBe(400);
      }
      expect((await act(id, "merge", { assetId: id })).status).toBe(400);
      expect((await act(id, "merge", { assetId: "999999999" })).status).toBe(404);
      const accounts = new Accounts(target);
      await accounts.create("split-reader");
      const reader = await logIn(target, { username: "split-reader", password: PASSWORD });
      expect((await act(id, "split", { connections: [`north-${network}`] }, reader)).status).toBe(403);
      await accounts.send("POST", "/admin/1.0/tag/create", { name: "nothing", rule: "asset.name:nothing" }, 201);
      const json = { username: "split-scanner", password: PASSWORD, role: "Scanner", scopeTags: ["nothing"] };
      await accounts.send("POST", "/admin/1.0/user/create", json, 201);
      const scanner = await logIn(target, { username: "split-scanner", password: PASSWORD });
      expect((await act(id, "split", { connections: [`north-${network}`] }, scanner)).status).toBe(404);
    },
  );
});
