import { createReadStream, existsSync, globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseCsaf } from "@breakwater/formats/advisories/csaf/index";
import { parseCapture } from "@breakwater/formats/capture/index";
import type { AdvisoryEvent, CaptureEvent } from "@breakwater/formats/records";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { listDetections } from "../detections/service.ts";
import { createSubscription, identity, importCapture } from "../ot/capture-run.fixture.ts";
import { importAdvisories, matchAll } from "./matching.fixture.ts";

const shared = fileURLToPath(new URL("../../../../../../shared/data/", import.meta.url));
const hasSamples = existsSync(`${shared}knowledge/csaf`) && existsSync(`${shared}ot/captures`);

const START = Date.UTC(2026, 2, 1);

type Detection = { typeDetected: string; cveIds: string[]; qid: number; advisory: { id: string } };

let testDatabase: TestDatabase;
let db: Database;
let plant: number;

async function* readFolder(): AsyncGenerator<AdvisoryEvent[]> {
  for (const file of globSync(`${shared}knowledge/csaf/white/*/*.json`).sort())
    yield* parseCsaf(createReadStream(file));
}

async function detectionsOf(filter: string): Promise<Detection[]> {
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const { json } = await listDetections(scoped, { filter }, { pageNumber: 0, pageSize: 100 }, Date.now());
  return JSON.parse(json.toString()).vulnerabilities as Detection[];
}

const cvesOf = (detections: readonly Detection[], type: string) =>
  detections
    .filter(({ typeDetected }) => typeDetected === type)
    .flatMap(({ cveIds }) => cveIds)
    .sort();

describe.skipIf(!hasSamples)("the public advisories on hosts of real captures", () => {
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    db = testDatabase.open();
    plant = await createSubscription(db);
    const imported = await importAdvisories(db, plant, readFolder());
    expect(imported).toMatchObject({ counts: { recordsRead: 2379 }, issues: [] });
    for (const name of ["s7comm/snap7.pcap", "enip/enip_cip_example.pcap"]) {
      const events: CaptureEvent[] = [];
      for await (const batch of parseCapture(createReadStream(`${shared}ot/captures/${name}`))) events.push(...batch);
      await importCapture(db, plant, events);
    }
    await matchAll(db, plant);
  }, 180_000);
  afterAll(async () => testDatabase.drop());

  it("finds exactly the CVEs of the S7-315 of snap7.pcap", async () => {
    const detections = await detectionsOf("hardware.orderNumber:`6ES7 315-2EH14-0AB0`");
    expect(cvesOf(detections, "Confirmed")).toEqual([
      "CVE-2018-4843",
      "CVE-2019-10923",
      "CVE-2019-10936",
      "CVE-2019-19300",
      "CVE-2019-6568",
      "CVE-2022-25622",
      "CVE-2022-30694",
      "CVE-2022-4304",
    ]);
    expect(cvesOf(detections, "Potential")).toEqual(["CVE-2019-13940"]);
  });

  it("finds the 1756-ENBT/A of enip_cip_example.pcap in ICSA-18-310-02 and nowhere else", async () => {
    const detections = await detectionsOf("hardware.catalogNumber:`1756-ENBT/A`");
    expect(detections.map(({ advisory, cveIds, typeDetected }) => [advisory.id, cveIds, typeDetected])).toEqual([
      ["ICSA-18-310-02", ["CVE-2018-17924"], "Confirmed"],
    ]);
  });

  it("changes nothing when the folder is imported again", async () => {
    const qids = async () => {
      const { rows } = await sql`SELECT id, qid FROM ot_advisory WHERE subscription_id = ${plant} ORDER BY id`.execute(
        db.read,
      );
      return rows;
    };
    const before = { detections: await detectionsOf(""), qids: await qids() };
    await importAdvisories(db, plant, readFolder(), Date.UTC(2026, 1, 1));
    expect(await matchAll(db, plant, Date.UTC(2026, 1, 1))).toEqual({ added: 0, reopened: 0, fixed: 0 });
    expect({ detections: await detectionsOf(""), qids: await qids() }).toEqual(before);
  }, 120_000);

  it("finds other vendors' devices by open and grouped numbers, and scores what has CVSS 4 in a reference only", async () => {
    const devices = [
      { manufacturer: "Rockwell Automation", catalogNumber: "1756-L85E", firmwareVersion: "34.011" },
      { manufacturer: "Schneider Electric", orderNumber: "BMEP584040", firmwareVersion: "04.20" },
      { manufacturer: "Schneider Electric", orderNumber: "BMX NOE 0100", firmwareVersion: "2.9" },
      { manufacturer: "Phoenix Contact", productName: "AXC F 2152", firmwareVersion: "1.2" },
    ];
    const seen = devices.map((hardware, index) => identity({ ip: `10.9.0.${index + 1}` }, hardware, START, "enip"));
    await importCapture(db, plant, seen);
    await matchAll(db, plant, START);
    const found = async (index: number, advisoryId: string) =>
      (await detectionsOf(`interfaces.address:10.9.0.${index + 1}`)).find(({ advisory }) => advisory.id === advisoryId);
    expect(await found(0, "ICSA-24-226-09")).toMatchObject({
      typeDetected: "Confirmed",
      cvss3Base: 7.5,
      cvss4Base: 8.7,
    });
    expect(await found(1, "ICSA-23-201-01")).toBeUndefined();
    expect(await found(2, "ICSA-21-005-01")).toMatchObject({ typeDetected: "Confirmed" });
    expect(await found(3, "ICSA-19-155-01")).toMatchObject({ typeDetected: "Potential" });
  });
});
