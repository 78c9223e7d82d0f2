import { AppError, otProjectfileGet, otProjectfileList } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { Value } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Binding } from "../../binding.ts";
import type { Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import { createSubscription, identity, importCapture } from "../ot/capture-run.fixture.ts";
import { createOtModule } from "../ot/index.ts";
import { createProjectFilesModule } from "./index.ts";
import { importProject, readFixture } from "./project-run.fixture.ts";

const NOW = Date.UTC(2026, 5, 1);
const LINE = readFixture("l5x/line/input.L5X");
/** The line as its next version, saved an hour later. */
const later = (edit: (text: string) => string) =>
  Buffer.from(edit(LINE.toString("utf8").replace("Mar 04 10:14:30", "Mar 04 11:14:30")));

let testDatabase: TestDatabase;
let db: Database;
let bindings: readonly Binding[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
  const clock = () => NOW;
  bindings = [...createOtModule({ db, clock }).bindings, ...createProjectFilesModule({ clock }).bindings];
});
afterAll(async () => testDatabase.drop());

async function call(id: string, scoped: ScopedDb, input: object = {}, username = "manager") {
  const binding = bindings.find(({ operation }) => operation.id === id)!;
  const full = { db: scoped, caller: { username, scope: scoped.scope }, query: {}, params: {}, ...input };
  return (await binding.handle(full as never)) as { value: unknown; json?: string; count: number };
}

type Host = {
  assetId: number;
  name: string;
  ipAddress: string[];
  hardware: Record<string, string | null>;
  modules: { rack: number | null; slot: number; catalogNumber: string }[];
  inventory: { source: string }[];
  projectFiles: { name: string }[];
  tags: string[];
};

const all = (plant: number, scope: Scope = { kind: "all" }) => scopeTo(db, { subscriptionId: plant, scope });

async function hosts(scoped: ScopedDb, filter = ""): Promise<Host[]> {
  const { json } = await call("ot.host.list", scoped, {
    query: { filter, pageSize: 100, sort: '[{"asset.name":"asc"}]' },
  });
  return JSON.parse(json!).assets;
}
const named = (list: readonly Host[]) => list.map(({ name }) => name);

type FileRecord = {
  id: string;
  status: string;
  assetCount: number;
  assets: { name: string }[];
  [member: string]: unknown;
};
const files = async (scoped: ScopedDb, query = {}, username?: string) =>
  (await call(otProjectfileList.id, scoped, { query }, username)).value as FileRecord[];

describe("a project file", () => {
  it("becomes hosts with their modules, the tag and its record", async () => {
    const plant = await createSubscription(db);
    const { counts, issues } = await importProject(db, plant, LINE);
    expect(issues).toEqual([]);
    expect(counts).toMatchObject({ recordsRead: 9, hostsNew: 5, assetsNew: 5, hostsUpdated: 0 });
    const list = await hosts(all(plant));
    expect(named(list)).toEqual(["Gauge", "Mixer_North", "Panel", "Skid", "Uplink"]);
    expect(list[1]).toMatchObject({
      hardware: {
        catalogNumber: "1756-L83E",
        serialNumber: "0x00a1b2c3",
        firmwareVersion: "33.11",
        family: "ControlLogix 5580",
      },
      inventory: [{ source: "Project File" }],
      projectFiles: [{ name: "line.L5X" }],
      tags: ["ICS_OCA"],
      purdueLevel: 1,
      created: "2025-03-04T10:14:30.000Z",
    });
    // The ControlNet behind the bridge is a rack of its own.
    expect(list[1]!.modules.map(({ rack, slot, catalogNumber }) => [rack, slot, catalogNumber])).toEqual([
      [null, 1, "1756-EN2T"],
      [null, 3, "1756-OB16E"],
      [null, 4, "1756-CNB/E"],
      [1, 2, "1407-CGCM"],
    ]);
    const [file] = await files(all(plant));
    expect(file).toMatchObject({
      name: "line.L5X",
      extension: "l5x",
      vendor: "Rockwell Automation",
      status: "PROCESSED",
      engineeringToolName: "Studio 5000 Logix Designer",
      engineeringToolVersion: "33.01",
      uploadedBy: "jane",
      plantLocation: null,
      assetCount: 5,
    });
    const detail = (await call(otProjectfileGet.id, all(plant), { params: { projectFileId: file!.id } })).value;
    expect([...Value.Errors(otProjectfileGet.responses[200].schema, detail)]).toEqual([]);
    const { modules } = detail as { modules: { id: string; parentId: string | null; firmwareIsProven: boolean }[] };
    expect(modules.map(({ id, parentId, firmwareIsProven }) => [id, parentId, firmwareIsProven])).toHaveLength(9);
    expect(
      modules
        .filter(({ firmwareIsProven }) => firmwareIsProven)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["Skid", "Valves"]);
  });

  it("changes nothing when it comes again", async () => {
    const plant = await createSubscription(db);
    await importProject(db, plant, LINE);
    const before = [await hosts(all(plant)), await files(all(plant))];
    const { counts } = await importProject(db, plant, LINE, { importedAt: NOW, fileName: "line.L5X" });
    expect(counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0, assetsNew: 0, assetsMerged: 0 });
    expect([await hosts(all(plant)), await files(all(plant))]).toEqual(before);
  });

  it("leaves nothing behind when the server stops while it is written", async () => {
    const plant = await createSubscription(db);
    await expect(importProject(db, plant, LINE, { failAtCommit: 1 })).rejects.toThrow("the server stopped");
    expect(await hosts(all(plant))).toEqual([]);
    await importProject(db, plant, LINE);
    expect(await hosts(all(plant))).toHaveLength(5);
  });

  it("marks firmware that keying does not hold to the project as not proven", async () => {
    const plant = await createSubscription(db);
    await importProject(db, plant, LINE);
    const { rows } = await sql<{
      name: string;
      proven: boolean;
      modules: { catalogNumber: string; firmwareIsProven: boolean; firmwareVersion: string | null }[];
    }>`
      SELECT a.name, h.firmware_is_proven AS proven, h.modules FROM ot_host h
      JOIN asset a ON a.subscription_id = h.subscription_id AND a.id = h.asset_id
      WHERE h.subscription_id = ${plant} ORDER BY a.name`.execute(db.read);
    expect(rows.filter(({ proven }) => proven).map(({ name }) => name)).toEqual(["Skid"]);
    const controller = rows.find(({ name }) => name === "Mixer_North")!;
    const withFirmware = controller.modules.filter(({ firmwareVersion }) => firmwareVersion !== null);
    expect(withFirmware.filter((one) => one.firmwareIsProven).map((one) => one.catalogNumber)).toEqual(["1756-OB16E"]);
  });
});

describe("a newer version of a project", () => {
  const withoutSkid = (text: string) =>
    text.replace(/<Module Name="Skid".*?<\/Module>\s*<Module Name="Skid_In".*?<\/Module>/s, "");

  it("replaces what the older one said", async () => {
    const plant = await createSubscription(db);
    await importProject(db, plant, LINE);
    const [first] = await files(all(plant));
    const edited = later((text) =>
      withoutSkid(text).replace("192.168.40.11", "192.168.40.12").replace('Minor="11"', 'Minor="12"'),
    );
    await importProject(db, plant, edited, { importedAt: NOW });
    const list = await hosts(all(plant));
    expect(named(list)).toEqual(["Gauge", "Mixer_North", "Panel", "Uplink"]);
    expect(list[3]!.ipAddress).toEqual(["192.168.40.12"]);
    const after = await files(all(plant));
    expect(after).toHaveLength(1);
    expect(after[0]).toMatchObject({ id: first!.id, assetCount: 4, lastUpdated: new Date(NOW).toISOString() });
    expect(after[0]!.fileHash).not.toBe(first!.fileHash);
  });

  it("takes the project's word from a host that the wire knows, and the host stays", async () => {
    const plant = await createSubscription(db);
    const seen = { manufacturer: "Rockwell Automation", catalogNumber: "1734-AENT/B", serialNumber: "0x00005555" };
    await importProject(db, plant, LINE);
    await importCapture(db, plant, [identity({ ip: "192.168.40.20" }, seen, Date.UTC(2025, 4, 1))]);
    await importProject(db, plant, later(withoutSkid), { importedAt: NOW });
    const skid = (await hosts(all(plant), "interfaces.address:192.168.40.20"))[0];
    expect(skid).toMatchObject({ inventory: [{ source: "Passive Sensor" }], tags: [], projectFiles: [], modules: [] });
    expect(skid?.hardware).toMatchObject({ serialNumber: "0x00005555", firmwareVersion: null });
  });

  it("is not undone by an older one, nor by one that is cut", async () => {
    const plant = await createSubscription(db);
    await importProject(db, plant, later(withoutSkid));
    const before = [await hosts(all(plant)), await files(all(plant))];
    const older = await importProject(db, plant, LINE);
    expect(older.issues.map(({ code }) => code)).toEqual(["project-older"]);
    const whole = later((text) => text.replace("11:14:30", "12:14:30"));
    const cut = await importProject(db, plant, whole.subarray(0, whole.length - 400));
    expect(cut.issues.map(({ code }) => code)).toEqual(["xml-truncated", "project-incomplete"]);
    expect([await hosts(all(plant)), await files(all(plant))]).toEqual(before);
  });

  it("is taken although the one before was saved by a clock that was ahead", async () => {
    const plant = await createSubscription(db);
    const savedIn = (year: number) => (text: string) => text.replace(/(LastModifiedDate="[^"]*) \d{4}"/, `$1 ${year}"`);
    const next = later((text) => savedIn(2026)(withoutSkid(text)));
    await importProject(db, plant, later(savedIn(2099)));
    const { issues } = await importProject(db, plant, next, { importedAt: NOW });
    expect(issues).toEqual([]);
    expect(named(await hosts(all(plant)))).not.toContain("Skid");
    // Those that were stored before this was looked at as well.
    await sql`UPDATE ot_project_file SET saved_at = '2099-01-01' WHERE subscription_id = ${plant}`.execute(db.write);
    const again = await importProject(db, plant, later(savedIn(2026)), { importedAt: NOW });
    expect(again.issues).toEqual([]);
  });

  it("leaves alone what another project says of the same host", async () => {
    const plant = await createSubscription(db);
    const other = Buffer.from(
      LINE.toString("utf8").replaceAll("Mixer_North", "Mixer_South").replace("16#00a1_b2c3", "16#00a1_b2c4"),
    );
    await importProject(db, plant, LINE);
    await importProject(db, plant, other, { fileName: "south.L5X" });
    const shared = (await hosts(all(plant), "asset.name:`Skid`"))[0];
    expect(shared?.projectFiles.map(({ name }) => name)).toEqual(["line.L5X", "south.L5X"]);
    await importProject(db, plant, later(withoutSkid));
    const after = (await hosts(all(plant), "asset.name:`Skid`"))[0];
    expect(after).toMatchObject({ assetId: shared?.assetId, tags: ["ICS_OCA"], projectFiles: [{ name: "south.L5X" }] });
    expect(after?.modules.map(({ catalogNumber }) => catalogNumber)).toEqual(["1734-IB8/C"]);
  });
});

describe("hosts of a project and of the wire", () => {
  const T = Date.UTC(2025, 5, 1);
  const en2t = {
    manufacturer: "Rockwell Automation",
    catalogNumber: "1756-EN2T/D",
    serialNumber: "0x00d01234",
    firmwareVersion: "11.4",
  };
  const controller = { manufacturer: "Rockwell Automation", catalogNumber: "1756-L83E/B", serialNumber: "0x00a1b2c3" };
  const capture = [identity({ ip: "192.168.40.11" }, en2t, T), identity({ ip: "192.168.40.2" }, controller, T)];

  it("are one, by address and by serial number, whichever comes first", async () => {
    const worlds = [];
    for (const order of [0, 1]) {
      const plant = await createSubscription(db);
      if (order === 0) await importCapture(db, plant, capture);
      await importProject(db, plant, LINE);
      if (order === 1) await importCapture(db, plant, capture);
      const list = await hosts(all(plant));
      expect(list).toHaveLength(5);
      const uplink = list.find(({ name }) => name === "Uplink")!;
      // What the device says of itself counts, the project's word stands below it.
      expect(uplink.hardware).toMatchObject({
        catalogNumber: "1756-EN2T/D",
        firmwareVersion: "11.4",
        serialNumber: "0x00d01234",
      });
      expect(uplink.inventory.map(({ source }) => source)).toEqual(["Passive Sensor", "Project File"]);
      expect(list.find(({ name }) => name === "Mixer_North")?.ipAddress).toEqual(["192.168.40.2"]);
      const { rows } = await sql<{ proven: boolean }>`
        SELECT firmware_is_proven AS proven FROM ot_host WHERE subscription_id = ${plant} AND asset_id = ${uplink.assetId}`.execute(
        db.read,
      );
      expect(rows).toEqual([{ proven: true }]);
      worlds.push(list.map((host) => ({ ...host, assetId: 0, assetUuid: "", lastUpdated: "", projectFiles: [] })));
    }
    expect(worlds[1]).toEqual(worlds[0]);
  });

  it("keep their own hardware where something else was put, and the importer is told", async () => {
    for (const order of [0, 1]) {
      const plant = await createSubscription(db);
      const other = [
        identity({ ip: "192.168.40.31" }, { manufacturer: "Siemens", orderNumber: "6ES7 214-1AG40-0XB0" }, T),
      ];
      if (order === 0) await importCapture(db, plant, other);
      const { issues } = await importProject(db, plant, LINE);
      expect(issues.map(({ code }) => code)).toEqual(order === 0 ? ["project-other-hardware"] : []);
      if (order === 1) await importCapture(db, plant, other);
      const gauge = (await hosts(all(plant), "interfaces.address:192.168.40.31"))[0];
      expect(gauge?.hardware).toMatchObject({ manufacturer: "Siemens", catalogNumber: null, firmwareVersion: null });
    }
  });

  it("are two in different networks", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "192.168.40.20" }, { deviceName: "elsewhere" }, T)], {
      network: "other",
    });
    await importProject(db, plant, LINE);
    expect(await hosts(all(plant), "interfaces.address:192.168.40.20")).toHaveLength(2);
  });
});

describe("who sees project files", () => {
  it("are those who see any of their hosts, and they see no other; a file without hosts is its sender's", async () => {
    const plant = await createSubscription(db);
    await importProject(db, plant, LINE);
    await importProject(db, plant, readFixture("l5x/routine/input.L5X"), { fileName: "fill.L5X" });
    const { rows } = await sql<{ id: number }>`
      INSERT INTO tag (subscription_id, name) VALUES (${plant}, 'skids'), (${plant}, 'empty') RETURNING id`.execute(
      db.write,
    );
    const [skids, empty] = rows.map(({ id }) => id) as [number, number];
    await sql`UPDATE asset SET tag_ids = tag_ids || ${skids}::integer WHERE subscription_id = ${plant} AND name = 'Skid'`.execute(
      db.write,
    );
    expect((await files(all(plant))).map(({ status }) => status).sort()).toEqual(["FAILED", "PROCESSED"]);

    const scoped = all(plant, { kind: "tags", tagIds: [skids] });
    const seen = await files(scoped, {}, "somebody");
    expect(seen).toMatchObject([{ name: "line.L5X", assetCount: 1, assets: [{ name: "Skid" }] }]);
    expect(await files(scoped, { filter: "assetCount:1" }, "somebody")).toHaveLength(1);
    expect(await files(scoped, { filter: "assetCount>1" }, "somebody")).toEqual([]);
    const detail = (await call(otProjectfileGet.id, scoped, { params: { projectFileId: seen[0]!.id } }, "somebody"))
      .value;
    expect((detail as { modules: { id: string }[] }).modules.map(({ id }) => id)).toEqual(["Skid", "Skid_In"]);

    const blind = all(plant, { kind: "tags", tagIds: [empty] });
    await expect(files(blind, {}, "somebody")).rejects.toMatchObject({ code: "not-found" });
    await expect(
      call(otProjectfileGet.id, blind, { params: { projectFileId: seen[0]!.id } }, "somebody"),
    ).rejects.toThrow(AppError);
    expect((await files(blind, {}, "jane")).map(({ name }) => name)).toEqual(["fill.L5X"]);
    const other = all(await createSubscription(db));
    await expect(files(other)).rejects.toMatchObject({ code: "not-found" });
  });

  it.each([
    ["name:line", 1],
    ["vendor:Rockwell and status:PROCESSED", 1],
    ['engineeringToolName:"Studio 5000" and engineeringToolVersion:`33.01`', 1],
    ["plantLocation:Rotterdam", 1],
    ["uploadedBy:`jane` and lastUpdated>2025-12-01 and assetCount>4", 1],
    ["fileHash:a219* or fileHash:A219*", 1],
    ["status:FAILED", 0],
    ["vendor is null", 0],
  ])("finds by %s", async (filter, count) => {
    const plant = await createSubscription(db);
    await importProject(db, plant, LINE, { plantLocation: "Rotterdam" });
    expect(await files(all(plant), { filter })).toHaveLength(count);
    expect((await call("ot.projectfile.count", all(plant), { query: { filter } })).value).toEqual({ count });
    expect(await hosts(all(plant), "projectFile.name:line")).toHaveLength(5);
  });
});

it.each([
  ["acd/quick-info/input.ACD", "PARTIAL", ["acd-partial"], ["Boiler_2"]],
  ["aml/station/input.aml", "PROCESSED", [], ["capper", "drive-1", "filler", "Office link"]],
  ["xef/rack/input.xef", "PROCESSED", [], ["Pumphouse", "Ring"]],
  ["zef/archive/input.zef", "PROCESSED", [], ["Pumphouse", "Ring"]],
  ["l5x/truncated/input.L5X", "PARTIAL", ["xml-truncated"], ["Mixer_North", "Skid", "Uplink"]],
  ["l5x/doctype/input.L5X", "FAILED", ["doctype-refused"], []],
])("%s is %s", async (path, status, codes, names) => {
  const plant = await createSubscription(db);
  const { issues } = await importProject(db, plant, readFixture(path), { fileName: path.split("/").at(-1)! });
  expect(issues.map(({ code }) => code)).toEqual(codes);
  expect(await files(all(plant))).toMatchObject([{ status, name: path.split("/").at(-1) }]);
  expect(named(await hosts(all(plant))).toSorted((a, b) => a.localeCompare(b, "en"))).toEqual(names);
});
