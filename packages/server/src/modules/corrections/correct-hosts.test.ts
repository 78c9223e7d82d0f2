import type { CaptureEvent } from "@breakwater/formats/records";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { advisory, importAdvisories, matchAll, told } from "../advisories/matching.fixture.ts";
import { address, conversation, createSubscription, identity, importCapture } from "../ot/capture-run.fixture.ts";
import { mergeAssets } from "./merge-assets.ts";
import { splitAsset } from "./split-asset.ts";

const T = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;
const mac = (last: number) => `00:1d:9c:00:00:0${last}`;
const ip = (last: number) => `10.0.0.${last}`;
const enbt = { manufacturer: "Rockwell Automation", catalogNumber: "1756-ENBT/A", firmwareVersion: "4.3" };
const cpu = { manufacturer: "Siemens", orderNumber: "6ES7 315-2EH14-0AB0", firmwareVersion: "V3.2.7" };

let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

function handles(plant: number, at = T) {
  const caller = { subscriptionId: plant, username: "m", scope: { kind: "all" } } as Caller;
  return [scopeTo(db, caller), { db, clock: () => at }, { caller, address: "" }] as const;
}
const split = (plant: number, assetId: number, wish: Parameters<typeof splitAsset>[4]) =>
  splitAsset(...handles(plant), String(assetId), wish);
const merge = (plant: number, assetId: number, other: number, at?: number) =>
  mergeAssets(...handles(plant, at), String(assetId), String(other));
const take = (...values: readonly [kind: "ip" | "mac", value: string][]) => ({
  identifiers: values.map(([kind, value]) => ({ kind, value })),
});

type HostRow = {
  id: number;
  identifiers: string[];
  order: string | null;
  catalog: string | null;
  ips: string[];
  macs: string[];
  confirmed: string[];
};

/** But the one that calls. */
async function hosts(plant: number): Promise<HostRow[]> {
  const { rows } = await sql<HostRow>`
    SELECT a.id, h.order_number AS order, h.catalog_number AS catalog, a.mac_addresses AS macs,
      ARRAY(SELECT host(x) FROM unnest(a.ip_addresses) AS x) AS ips,
      ARRAY(SELECT i.value FROM asset_identifier i WHERE i.subscription_id = a.subscription_id AND i.asset_id = a.id
        AND i.kind IN ('ip', 'mac') ORDER BY 1) AS identifiers,
      ARRAY(SELECT d.advisory_id FROM ot_detection d WHERE d.subscription_id = a.subscription_id AND d.asset_id = a.id
        AND d.status <> 'FIXED' ORDER BY 1) AS confirmed
    FROM asset a LEFT JOIN ot_host h ON h.subscription_id = a.subscription_id AND h.asset_id = a.id
    WHERE a.subscription_id = ${plant} AND NOT a.ip_addresses && ${[ip(9)]}::inet[] ORDER BY a.id`.execute(db.read);
  return rows;
}

async function detections(plant: number) {
  const { rows } = await sql`
    SELECT d.asset_id AS "assetId", d.status, d.first_detected AS "firstDetected", d.last_detected AS "lastDetected",
      ARRAY(SELECT e.status FROM ot_detection_event e WHERE e.subscription_id = d.subscription_id
        AND e.detection_uuid = d.uuid ORDER BY e.id) AS events
    FROM ot_detection d WHERE d.subscription_id = ${plant} ORDER BY d.asset_id, d.advisory_id`.execute(db.read);
  return rows;
}

/** Two devices that a sensor behind a bridge takes for one, both at one MAC, and who calls them. */
const bridged: CaptureEvent[] = [
  conversation(ip(9), ip(1), T),
  conversation(ip(9), ip(2), T, { protocol: "s7comm", port: 102 }),
  identity({ ip: ip(1), mac: mac(1) }, enbt, T),
  identity({ ip: ip(2), mac: mac(1) }, cpu, T + 1, "s7comm"),
  address(ip(1), mac(1), T),
  address(ip(2), mac(1), T),
];

describe("a host that is two devices", () => {
  it("becomes two by an address, each with what was told there, and with what advisories say of it", async () => {
    const plant = await createSubscription(db);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-1", "CVE-2025-0001", [{ name: "SIMATIC (6ES7315-2EH14-0AB0)", versions: "vers:all/*" }])),
    );
    await importCapture(db, plant, bridged);
    await matchAll(db, plant);
    const [one, ...none] = await hosts(plant);
    expect(none).toEqual([]);
    const part = await split(plant, one!.id, take(["ip", ip(2)]));
    expect(await hosts(plant)).toMatchObject([
      {
        id: one!.id,
        identifiers: [mac(1), ip(1)].sort(),
        catalog: "1756-ENBT/A",
        order: null,
        ips: [ip(1)],
        confirmed: [],
      },
      {
        id: part,
        identifiers: [ip(2)],
        catalog: null,
        order: "6ES7 315-2EH14-0AB0",
        ips: [ip(2)],
        confirmed: ["ADV-1"],
      },
    ]);
  });

  it("stays two when the same capture comes again, and one that tells both at once", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, bridged);
    const [one] = await hosts(plant);
    await split(plant, one!.id, take(["ip", ip(2)]));
    const before = await hosts(plant);
    await importCapture(db, plant, bridged);
    await importCapture(db, plant, [address(ip(2), mac(1), T + 5), identity({ ip: ip(2), mac: mac(1) }, cpu, T + 5)]);
    expect((await hosts(plant)).map(({ id, identifiers }) => ({ id, identifiers }))).toEqual(
      before.map(({ id, identifiers }) => ({ id, identifiers })),
    );
  });

  it("is not split into nothing and all, nor by what it does not have", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: ip(1) }, enbt, T)]);
    const [one] = await hosts(plant);
    await expect(split(plant, one!.id, take(["ip", ip(1)]))).rejects.toMatchObject({ code: "invalid-parameter" });
    await expect(split(plant, one!.id, take(["ip", ip(9)]))).rejects.toMatchObject({ code: "invalid-parameter" });
    await expect(split(plant, one!.id, {})).rejects.toMatchObject({ code: "invalid-parameter" });
  });
});

describe("two hosts that are one device", () => {
  it("are one after the merge, whichever of both is seen again, with the detections of the one", async () => {
    const plant = await createSubscription(db);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-1", "CVE-2025-0001", [{ name: "SIMATIC (6ES7315-2EH14-0AB0)", versions: "vers:all/*" }])),
    );
    const captures = [[identity({ ip: ip(1) }, cpu, T)], [identity({ ip: ip(2) }, { deviceName: "press-2" }, T)]];
    for (const capture of captures) await importCapture(db, plant, capture);
    await matchAll(db, plant);
    const [controller, named] = await hosts(plant);
    await merge(plant, named!.id, controller!.id);
    const merged = await hosts(plant);
    expect(merged).toMatchObject([
      { id: named!.id, identifiers: [ip(1), ip(2)], order: "6ES7 315-2EH14-0AB0", confirmed: ["ADV-1"] },
    ]);
    for (const capture of captures.toReversed()) await importCapture(db, plant, capture);
    expect(await hosts(plant)).toEqual(merged);
  });

  it.each(["one", "both"])("keep the history of detections that %s of them had", async (whose) => {
    const plant = await createSubscription(db);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-1", "CVE-2025-0001", [{ name: "SIMATIC (6ES7315-2EH14-0AB0)", versions: "vers:all/*" }])),
    );
    for (const day of [0, 2]) {
      await importCapture(db, plant, [identity({ ip: ip(1) }, cpu, T + day * DAY, "s7comm")]);
      await matchAll(db, plant, T + day * DAY);
    }
    const second = whose === "both" ? cpu : { manufacturer: "Siemens" };
    await importCapture(db, plant, [identity({ ip: ip(2) }, second, T + 4 * DAY, "s7comm")]);
    await matchAll(db, plant, T + 4 * DAY);
    const [former, into] = await hosts(plant);
    await merge(plant, into!.id, former!.id, T + 300 * DAY);
    expect(await detections(plant)).toEqual([
      {
        assetId: into!.id,
        status: "ACTIVE",
        firstDetected: new Date(T),
        lastDetected: new Date(T + 300 * DAY),
        events: whose === "both" ? ["NEW", "ACTIVE", "NEW"] : ["NEW", "ACTIVE"],
      },
    ]);
    const { rows } = await sql`SELECT asset_id AS "assetId", status, first_found AS "firstFound" FROM finding
      WHERE subscription_id = ${plant}`.execute(db.read);
    expect(rows).toEqual([{ assetId: into!.id, status: "ACTIVE", firstFound: new Date(T) }]);
  });

  it("leave other hosts that wait for their matching to an import", async () => {
    const plant = await createSubscription(db);
    await importAdvisories(
      db,
      plant,
      told(advisory("ADV-1", "CVE-2025-0001", [{ name: "SIMATIC (6ES7315-2EH14-0AB0)", versions: "vers:all/*" }])),
    );
    for (const last of [1, 2, 3]) await importCapture(db, plant, [identity({ ip: ip(last) }, cpu, T, "s7comm")]);
    const [waiting, into, other] = await hosts(plant);
    // Matching would wait for it.
    await db.write.transaction().execute(async (tx) => {
      await sql`SELECT FROM asset WHERE id = ${waiting!.id} FOR UPDATE`.execute(tx);
      await merge(plant, into!.id, other!.id);
    });
    expect((await hosts(plant)).map(({ confirmed }) => confirmed)).toEqual([[], ["ADV-1"]]);
    await matchAll(db, plant);
    expect((await hosts(plant)).map(({ confirmed }) => confirmed)).toEqual([["ADV-1"], ["ADV-1"]]);
  });
});

test("assets that a user took apart stay apart when a capture tells of both as one device", async () => {
  const plant = await createSubscription(db);
  await importCapture(db, plant, bridged);
  const [one] = await hosts(plant);
  const part = await split(plant, one!.id, take(["ip", ip(2)]));
  await importCapture(db, plant, [identity({ ip: ip(2), mac: mac(2) }, cpu, T + 10), address(ip(2), mac(2), T + 10)]);
  await importCapture(db, plant, [identity({ ip: ip(1), mac: mac(2) }, enbt, T + 20), address(ip(1), mac(2), T + 20)]);
  const after = await hosts(plant);
  expect(after.map(({ id }) => id)).toEqual([one!.id, part]);
  expect(after[0]!.identifiers).not.toContain(mac(2));
});

test("whatever captures come after corrections, in whatever order, the hosts are those that were made", async () => {
  const sighting = fc
    .record({
      host: fc.constantFrom(1, 2),
      hardware: fc.constantFrom("mac", "none"),
      at: fc.integer({ min: 0, max: 50 }),
    })
    .map(({ host, hardware, at }) => {
      const device = { ip: ip(host), ...(hardware === "mac" ? { mac: mac(1) } : {}) };
      return [
        identity(device, host === 1 ? enbt : cpu, T + at, host === 1 ? "enip" : "s7comm"),
        address(ip(host), mac(1), T + at),
      ];
    });
  await fc.assert(
    fc.asyncProperty(fc.array(sighting, { minLength: 1, maxLength: 4 }), fc.boolean(), async (captures, isMerged) => {
      const states = [];
      for (const order of [captures, captures.toReversed()]) {
        const plant = await createSubscription(db);
        await importCapture(db, plant, bridged);
        const [one] = await hosts(plant);
        const part = await split(plant, one!.id, take(["ip", ip(2)]));
        if (isMerged) await merge(plant, one!.id, part);
        for (const capture of order) await importCapture(db, plant, capture);
        const after = await hosts(plant);
        expect(after.map(({ id }) => id)).toEqual(isMerged ? [one!.id] : [one!.id, part]);
        states.push(after.map(({ id: _, ...rest }) => rest));
      }
      expect(states[0]).toEqual(states[1]);
    }),
    { numRuns: 12 },
  );
});
