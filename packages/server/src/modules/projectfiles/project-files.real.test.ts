import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { createSubscription } from "../ot/capture-run.fixture.ts";
import { importProject } from "./project-run.fixture.ts";
import { listProjectFiles, readProjectFile } from "./service.ts";
import { toProjectFileDetail } from "./views.ts";

const samples = fileURLToPath(new URL("../../../../../../shared/data/ot/projectfiles/", import.meta.url));
const caller = { username: "jane" } as never;

let testDatabase: TestDatabase;
let db: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

async function detailOf(fileName: string) {
  const plant = await createSubscription(db);
  const { counts, issues } = await importProject(db, plant, readFileSync(samples + fileName), { fileName });
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const { rows } = await listProjectFiles(scoped, caller, {}, { pageNumber: 0, pageSize: 10 }, Date.now());
  const { row, tree } = await readProjectFile(scoped, caller, rows[0]!.id);
  return { ...toProjectFileDetail(row, tree), counts, issues };
}

describe.skipIf(!existsSync(samples))("real project files", () => {
  // grep -c '<Module ' gives 37, of which 12 have an Ethernet address, hang on Ethernet, or are the controller.
  it("Definitions.L5X gives 37 modules in their tree, of 12 hosts", async () => {
    const { modules, assets, counts, issues, status, engineeringToolVersion } = await detailOf("Definitions.L5X");
    expect({ issues, status, engineeringToolVersion }).toEqual({
      issues: [],
      status: "PROCESSED",
      engineeringToolVersion: "36.00",
    });
    expect(modules).toHaveLength(37);
    expect(counts).toMatchObject({ recordsRead: 37, hostsNew: 12 });
    expect(assets).toHaveLength(12);
    const text = readFileSync(`${samples}Definitions.L5X`, "utf8");
    const inFile = [...text.matchAll(/<Module Name="([^"]+)"[^>]*? ParentModule="([^"]+)"/g)];
    const inTree = new Map(modules.map(({ id, parentId }) => [id, parentId]));
    for (const [, name, parent] of inFile)
      expect([name, inTree.get(name!)]).toEqual([name, name === "Local" ? null : parent]);
    const firmware = modules.filter(({ firmwareIsProven }) => firmwareIsProven);
    expect(firmware).toEqual([]);
    expect(modules.find(({ id }) => id === "Rack_Mod_2")).toMatchObject({
      parentId: "RackIO",
      slot: 2,
      catalogNumber: "1756-IF8/A",
      firmwareVersion: "1.1",
      keying: "compatible",
    });
    expect(assets.find(({ name }) => name === "TestController")).toMatchObject({ ipAddress: [] });
  });

  it("ACDTestsWithAOI.L5X gives the controller with its serial number and its Ethernet module", async () => {
    const { modules, issues } = await detailOf("ACDTestsWithAOI.L5X");
    expect(issues).toEqual([]);
    expect(modules).toMatchObject([
      {
        id: "Local",
        name: "ACDTests",
        catalogNumber: "1756-L85E",
        serialNumber: "0x12345678",
        firmwareVersion: "34.11",
      },
      { id: "ETH_MODULE", parentId: "Local", slot: 1, ipAddress: ["192.168.1.2"], catalogNumber: "1756-EN2T" },
    ]);
  });

  it("CuteLogix.ACD gives the controller's name, kind and revision, as a part", async () => {
    const { modules, status, issues, engineeringToolName, engineeringToolVersion } = await detailOf("CuteLogix.ACD");
    expect(issues.map(({ code }) => code)).toEqual(["acd-partial"]);
    expect({ status, engineeringToolName, engineeringToolVersion }).toEqual({
      status: "PARTIAL",
      engineeringToolName: "RSLogix 5000",
      engineeringToolVersion: "30.00",
    });
    // QuickInfo.XML of the file itself, not that of the template inside it, which says 30.11.
    expect(modules).toMatchObject([
      {
        name: "CuteLogix",
        manufacturer: "Rockwell Automation",
        type: "Programmable Logic Controller (PLC)",
        firmwareVersion: "30.14",
      },
    ]);
  });
});
