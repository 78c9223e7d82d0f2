import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseCapture } from "@breakwater/formats/capture/index";
import type { CaptureEvent } from "@breakwater/formats/records";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { createSubscription, importCapture } from "./capture-run.fixture.ts";
import { listHosts } from "./service.ts";

const captures = fileURLToPath(new URL("../../../../../../shared/data/ot/captures/", import.meta.url));

let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

async function hostsOf(name: string, filter: string) {
  const plant = await createSubscription(db);
  const events: CaptureEvent[] = [];
  for await (const batch of parseCapture(createReadStream(`${captures}${name}`))) events.push(...batch);
  const first = await importCapture(db, plant, events);
  const again = await importCapture(db, plant, events);
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const { json, count } = await listHosts(scoped, { filter }, { pageNumber: 0, pageSize: 100 }, Date.now());
  const all = await listHosts(scoped, {}, { pageNumber: 0, pageSize: 100 }, Date.now());
  return { hosts: JSON.parse(json.toString()).assets, count, all, first: first.counts, again: again.counts };
}

describe.skipIf(!existsSync(captures))("hosts of real captures", () => {
  it("finds the S7-315 of snap7.pcap with order number, firmware and serial number", async () => {
    const { hosts, all, first, again } = await hostsOf(
      "s7comm/snap7.pcap",
      "interfaces:(protocol:s7comm and port:102)",
    );
    expect(hosts).toHaveLength(1);
    expect(hosts[0]).toMatchObject({
      ipAddress: ["134.217.61.211"],
      purdueLevel: 1,
      hardware: {
        manufacturer: "Siemens",
        type: "Programmable Logic Controller (PLC)",
        category: "Controller",
        family: "S7-300",
        orderNumber: "6ES7 315-2EH14-0AB0",
        firmwareVersion: "V3.2.7",
        serialNumber: "S C-B1U393142011",
      },
      interfaces: [{ address: "134.217.61.211", protocol: "s7comm", transport: { protocol: "tcp" }, port: 102 }],
      inventory: [{ source: "Passive Sensor" }],
    });
    expect(first.hostsNew).toBe(all.count);
    expect(again).toMatchObject({ hostsNew: 0, hostsUpdated: 0 });
  });

  it("finds the 1756-ENBT/A of enip_cip_example.pcap with revision and serial number", async () => {
    const { hosts, all, first, again } = await hostsOf(
      "enip/enip_cip_example.pcap",
      "hardware.catalogNumber:`1756-ENBT/A`",
    );
    expect(hosts).toHaveLength(1);
    expect(hosts[0]).toMatchObject({
      name: "1756-ENBT/A 10.1.1.164",
      ipAddress: ["10.1.1.164"],
      purdueLevel: 1,
      hardware: {
        manufacturer: "Rockwell Automation",
        family: "ControlLogix communication modules",
        model: "1756-ENBT",
        catalogNumber: "1756-ENBT/A",
        firmwareVersion: "4.3",
        serialNumber: "0x00524d8e",
      },
    });
    expect(first.hostsNew).toBe(all.count);
    expect(again).toMatchObject({ hostsNew: 0, hostsUpdated: 0 });
  });
});
