import { parseCapture } from "@breakwater/formats/capture/index";
import type { CaptureEvent } from "@breakwater/formats/records";
import { writeProtocolTour } from "@breakwater/simulator/capture/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { createSubscription, importCapture } from "./capture-run.fixture.ts";
import { listHosts } from "./service.ts";

let testDatabase: TestDatabase;
let db: Database;
let hosts: Record<string, unknown>[];
let query: (filter: string) => Promise<string[][]>;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
  const plant = await createSubscription(db);
  const events: CaptureEvent[] = [];
  async function* source() {
    yield writeProtocolTour({ format: "pcap", startAt: Date.UTC(2026, 0, 5) });
  }
  for await (const batch of parseCapture(source())) events.push(...batch);
  await importCapture(db, plant, events);
  const scoped = scopeTo(db, { subscriptionId: plant, scope: { kind: "all" } });
  const list = async (filter: string) => {
    const { json } = await listHosts(scoped, { filter }, { pageNumber: 0, pageSize: 100 }, Date.UTC(2026, 0, 6));
    return JSON.parse(json.toString()).assets as (Record<string, unknown> & { ipAddress: string[] })[];
  };
  query = async (filter) => (await list(filter)).map(({ ipAddress }) => ipAddress);
  hosts = await list("");
});
afterAll(async () => testDatabase.drop());

const at = (host: number) => hosts.find(({ ipAddress }) => (ipAddress as string[]).includes(`192.168.30.${host}`));

describe("hosts of a capture with one device per protocol", () => {
  it("are one per device, the station that asks them all among them", () => {
    expect(hosts.map(({ ipAddress }) => (ipAddress as string[]).join()).sort()).toEqual(
      [10, 20, 200, 30, 31, 40, 41, 50, 60, 61, 70].map((host) => `192.168.30.${host}`),
    );
    expect(at(200)).toMatchObject({ purdueLevel: 2, macAddress: ["00:50:56:ae:30:c8"] });
  });

  it.each<[string, number, string, number | null, Record<string, string>]>([
    ["CIP", 10, "1756-EN2TR/C 192.168.30.10", 1, { catalogNumber: "1756-EN2TR/C", firmwareVersion: "10.10" }],
    ["S7comm-plus", 20, "6ES7 516-3AN02-0AB0 192.168.30.20", 1, { family: "S7-1500", firmwareVersion: "V2.9" }],
    ["PROFINET DCP", 30, "conveyor-io-1", 1, { manufacturer: "Siemens", family: "ET 200SP" }],
    ["LLDP", 31, "ring-switch-1", null, { family: "SCALANCE X", category: "Network", firmwareVersion: "V5.2.6" }],
    ["Modbus and UMAS", 40, "BMX P34 2020 192.168.30.40", 1, { family: "Modicon M340", firmwareVersion: "V2.70" }],
    ["Modbus server id", 41, "PM5560 power meter 192.168.30.41", 1, { model: "PM5560 power meter" }],
    ["BACnet", 50, "Süd AHU-1", 1, { manufacturer: "Delta Controls", model: "eBCON", firmwareVersion: "4.10.1" }],
    ["FINS over UDP", 60, "CJ2M-CPU33 192.168.30.60", 1, { family: "CJ2", firmwareVersion: "02.01" }],
    ["FINS over TCP", 61, "CP1L-EL20DR-D 192.168.30.61", 1, { family: "CP1", firmwareVersion: "01.10" }],
    ["Fox", 70, "north_wing", 1, { manufacturer: "Tridium", family: "Niagara", category: "Controller" }],
  ])("show what %s told", (_, host, name, purdueLevel, hardware) => {
    expect(at(host)).toMatchObject({ name, purdueLevel, hardware });
  });

  it("show the operating system that a station told", () => {
    expect(at(70)).toMatchObject({ operatingSystem: "QNX" });
  });

  it("have the modules of the chassis, by slot", () => {
    expect(at(10)?.modules).toMatchObject([
      { slot: 0, catalogNumber: "1756-L85E/B", serialNumber: "0x00aa1002", family: "ControlLogix 5580" },
      { slot: 4, catalogNumber: "1756-IB16D/A", firmwareVersion: "3.5" },
    ]);
  });

  it("are found by the protocol they serve, also where it was told by broadcast or below IP", async () => {
    expect(await query("interfaces:(protocol:bacnet and port:47808)")).toEqual([["192.168.30.50"]]);
    expect(await query("interfaces.protocol:profinet-dcp")).toEqual([["192.168.30.30"]]);
    expect(await query("interfaces.protocol:fox")).toEqual([["192.168.30.70"]]);
  });
});
