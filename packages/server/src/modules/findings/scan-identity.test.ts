import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import { scopeTo } from "../../db/scoped.ts";
import { explainAsset } from "../etm/explain-asset.ts";
import { readGrounds } from "../etm/finding-store.ts";
import { matchInScope } from "./explain-match.ts";
import { readFindings, type TestScan, testCheck } from "./scan-world.fixture.ts";
import { DAY, host, scan, T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

describe("identity", () => {
  test("a check with two CVEs makes two findings, and one without stays one", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const checks = [testCheck("x", { cveIds: ["CVE-2024-0001", "CVE-2024-0002"] })];
    expect(await importScan(scan(T, ["x", "y"]), { checks })).toMatchObject({ recordsRead: 2, findingsNew: 3 });
    expect((await readFindings(db, subscriptionId)).map(({ cveId }) => cveId)).toEqual([
      "CVE-2024-0001",
      "CVE-2024-0002",
      null,
    ]);
  });

  test("an address that moved to another network card is another asset", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const at = (mac: string, day: number): TestScan => ({
      connection: "A",
      at: T + day * DAY,
      assets: [{ asset: { name: mac, ipAddresses: ["10.0.0.9"], macAddresses: [mac] }, findings: [{ checkId: "x" }] }],
    });
    await importScan(at("00:1b:1b:00:00:01", 0));
    expect(await importScan(at("00:1b:1b:00:00:02", 1))).toMatchObject({ assetsNew: 1 });
    expect(await importScan(at("00:1b:1b:00:00:01", 2))).toMatchObject({ assetsNew: 0, findingsUnchanged: 1 });
    expect(await readFindings(db, subscriptionId)).toHaveLength(2);
  });

  test("two scanners share an asset by any address that is somebody's, and all that they tell are shown", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const about = (product: string, ipAddresses: string[]): TestScan => ({
      connection: product,
      product,
      at: T,
      assets: [{ asset: { name: "plc7", ipAddresses }, findings: [{ checkId: "c" }] }],
    });
    const checks = [testCheck("c", { cveIds: ["CVE-2021-44228"] })];
    await importScan(about("Nmap", ["192.0.2.10", "2001:DB8::10"]), { checks });
    await importScan(about("Nessus", ["2001:db8::10", "192.0.2.10", "127.0.0.1", "fe80::1%eth0"]), { checks });
    await importScan(about("Nmap", ["127.0.0.1"]), { checks });
    const { rows } = await sql`SELECT name, ARRAY(SELECT host(x) FROM unnest(ip_addresses) AS x) AS addresses,
      finding_count AS findings FROM asset WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(db.read);
    expect(rows).toEqual([
      { name: "plc7", addresses: ["127.0.0.1", "192.0.2.10", "2001:db8::10", "fe80::1"], findings: 1 },
      { name: "plc7", addresses: ["127.0.0.1"], findings: 1 },
    ]);
  });

  test("a name is shown and recognised without the dot at its end", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const named = (name: string, hostNames: string[], connection = "A"): TestScan => ({
      connection,
      at: T,
      assets: [{ asset: { name, hostNames }, findings: [{ checkId: "c" }] }],
    });
    await importScan(named("SRV9.CORP.EXAMPLE.", ["srv9.corp.example"]));
    await importScan(named("srv9.corp.example", ["srv9.corp.example"], "B"));
    await importScan(named("PANEL.", []));
    await importScan(named("panel", []));
    const { rows } = await sql`SELECT name, host_names FROM asset
      WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(db.read);
    expect(rows).toEqual([
      { name: "SRV9.CORP.EXAMPLE", host_names: ["srv9.corp.example"] },
      { name: "panel", host_names: [] },
    ]);
  });

  test("who sees only the one is not told of the other that was refused for it", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    for (const [name, mac] of [
      ["first", "00:1b:1b:00:00:01"],
      ["second", "00:1b:1b:00:00:02"],
    ] as const) {
      const asset = { name, ipAddresses: ["10.0.0.9"], macAddresses: [mac] };
      await importScan({ connection: name, at: T, assets: [{ asset, findings: [{ checkId: name }] }] });
    }
    const { rows } = await sql<{ assetId: number; findingId: number }>`
      UPDATE asset a SET tag_ids = '{7}' FROM finding f WHERE a.subscription_id = ${subscriptionId} AND a.name = 'second'
        AND f.subscription_id = a.subscription_id AND f.asset_id = a.id
      RETURNING a.id AS "assetId", f.id AS "findingId"`.execute(db.write);
    const { assetId, findingId } = rows[0]!;
    const told = async (scope: Scope) => {
      const scoped = scopeTo(db, { subscriptionId, scope });
      const [asset, finding] = [await explainAsset(scoped, assetId), await readGrounds(scoped, findingId)];
      return [...asset.sources, ...finding!.asset].map(({ matchedBy }) => matchedBy);
    };
    const refused = expect.stringMatching(/^not asset \d+ by ip 10\.0\.0\.9: its mac is 00:1b:1b:00:00:01$/);
    expect(await told({ kind: "all" })).toEqual([refused, refused]);
    expect(await told({ kind: "tags", tagIds: [7] })).toEqual([null, null]);
  });

  test("of a match only what decided it is told within a scope", () => {
    const told = "mac 00:1b:1b:00:00:02; not asset 5 by ip 10.0.0.9: its mac is 00:1b:1b:00:00:01; not asset 6 by";
    expect(matchInScope(told, { kind: "tags", tagIds: [7] })).toBe("mac 00:1b:1b:00:00:02");
    expect(matchInScope(told, { kind: "all" })).toBe(told);
  });

  test("two sources that know a host by MAC and by name share one asset when a third knows both", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const asset = { name: "plc.plant.example", hostNames: ["plc.plant.example"], macAddresses: ["00:1b:1b:00:00:07"] };
    const as = (connection: string, about: object): TestScan => ({
      connection,
      at: T,
      assets: [{ asset: { name: "n", ...about }, findings: [{ checkId: connection }] }],
    });
    await importScan(as("A", asset));
    expect(await importScan(as("B", { macAddresses: asset.macAddresses }))).toMatchObject({
      assetsNew: 0,
      assetsMerged: 1,
    });
    expect(await importScan(as("C", { hostNames: asset.hostNames }))).toMatchObject({ assetsNew: 0, assetsMerged: 1 });
    expect(await importScan(as("C", { hostNames: asset.hostNames }))).toMatchObject({ assetsMerged: 0 });
    const { rows } = await sql<{ reason: string | null }>`
      SELECT matched_by AS reason FROM asset_source WHERE subscription_id = ${subscriptionId} ORDER BY connection_id`.execute(
      db.write,
    );
    expect(rows.map(({ reason }) => reason)).toEqual([null, "mac 00:1b:1b:00:00:07", "fqdn plc.plant.example"]);
  });

  test("a host without any identifier is found again by the name its source gives it", async () => {
    const { importScan } = await fresh();
    const nameless = { connection: "A", at: T, assets: [{ asset: { name: "Line 4 panel" }, findings: [] }] };
    expect(await importScan(nameless)).toMatchObject({ assetsNew: 1 });
    expect(await importScan({ ...nameless, at: T + 1 })).toMatchObject({ assetsNew: 0 });
  });

  test("a host that stands twice in a file is looked at once: neither part closes what the other shows", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const twice = (day: number): TestScan => ({
      connection: "A",
      at: T + day * DAY,
      assets: [
        { asset: { ...host("h1", "10.0.0.1"), scannedAt: T + day * DAY }, findings: [{ checkId: "x" }] },
        { asset: { ...host("h2", "10.0.0.2"), scannedAt: T + day * DAY }, findings: [{ checkId: "x" }] },
        { asset: { ...host("h1", "10.0.0.1"), scannedAt: T + day * DAY + 60_000 }, findings: [{ checkId: "y" }] },
      ],
    });
    const limits = { maxAssets: 1 };
    expect(await importScan(twice(0), { limits })).toMatchObject({ findingsNew: 3, findingsFixed: 0 });
    expect(await importScan(twice(0), { limits })).toMatchObject({
      findingsNew: 0,
      findingsReopened: 0,
      findingsUnchanged: 3,
    });
    expect(await importScan(twice(1), { limits })).toMatchObject({
      findingsFixed: 0,
      findingsReopened: 0,
      findingsUnchanged: 3,
    });
    expect((await readFindings(db, subscriptionId)).map(({ status }) => status)).toEqual([
      "ACTIVE",
      "ACTIVE",
      "ACTIVE",
    ]);
    expect(await importScan(scan(T + 2 * DAY, ["x"]), { limits })).toMatchObject({ findingsFixed: 1 });
    // In one batch it was seen when it was seen last.
    await importScan(twice(3));
    const seen = (await readFindings(db, subscriptionId)).map(({ asset, lastFound }) => [
      asset,
      lastFound - T - 3 * DAY,
    ]);
    expect(seen).toEqual([
      ["h1", 60_000],
      ["h1", 60_000],
      ["h2", 0],
    ]);
  });
});
