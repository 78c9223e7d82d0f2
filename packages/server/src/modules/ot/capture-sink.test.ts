import type { CaptureEvent } from "@breakwater/formats/records";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../db/pool.ts";
import { AssetGoneError } from "../findings/index.ts";
import { address, conversation, createSubscription, identity, importCapture } from "./capture-run.fixture.ts";

const T = Date.UTC(2025, 0, 1);
const mac = (last: number) => `00:1d:9c:00:00:${String(last).padStart(2, "0")}`;
const enbt = {
  manufacturer: "Rockwell Automation",
  type: "Communications Adapter",
  catalogNumber: "1756-ENBT/A",
  productName: "1756-ENBT/A",
  serialNumber: "0x00524d8e",
  firmwareVersion: "4.3",
};

let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

/** Everything stored about the subscription's hosts; ids left out. */
async function world(subscriptionId: number) {
  const hosts = await sql<{ host: unknown }>`
    SELECT (to_jsonb(h) - '{subscription_id,asset_id,created_in,updated_in}'::text[]) || jsonb_build_object(
        'name', a.name, 'ips', a.ip_addresses, 'macs', a.mac_addresses, 'sources', a.sources, 'isOt', a.is_ot,
        'created', a.created_at, 'updated', a.updated_at,
        'evidence', (SELECT jsonb_agg((to_jsonb(e) - '{subscription_id,asset_id,job_id}'::text[])
                       ORDER BY field, value, protocol, source)
                     FROM ot_evidence e WHERE e.subscription_id = a.subscription_id AND e.asset_id = a.id),
        'identifiers', (SELECT jsonb_agg(jsonb_build_array(i.kind, i.value, i.network) ORDER BY kind, value, network)
                        FROM asset_identifier i WHERE i.subscription_id = a.subscription_id AND i.asset_id = a.id)) AS host
    FROM asset a JOIN ot_host h ON h.subscription_id = a.subscription_id AND h.asset_id = a.id
    WHERE a.subscription_id = ${subscriptionId} ORDER BY a.name, a.ip_addresses, a.mac_addresses`.execute(db.read);
  const conversations = await sql`SELECT * FROM ot_conversation WHERE subscription_id = ${subscriptionId}
    ORDER BY client, server, transport, port`.execute(db.read);
  return {
    hosts: hosts.rows.map(({ host }) => host as Record<string, unknown>),
    conversations: conversations.rows.map((row) => ({ ...(row as object), subscription_id: 0 })),
  };
}

/** When a host was changed last depends on what was written before what. */
function withoutUpdateTimes({ hosts, conversations }: Awaited<ReturnType<typeof world>>) {
  return { hosts: hosts.map((host) => ({ ...host, updated: 0 })), conversations };
}

/** Resolves when a session of the database waits for a lock. */
async function waitForLock(): Promise<void> {
  const waiting = sql<{ count: number }>`SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await waiting.execute(db.read)).rows[0]?.count === 0);
}

describe("the capture sink", () => {
  it("makes one host of what several protocols and layers tell about a device", async () => {
    const plant = await createSubscription(db);
    const { counts } = await importCapture(db, plant, [
      identity({ ip: "10.1.1.164" }, enbt, T),
      identity({ mac: mac(1) }, { deviceName: "mixer-4" }, T + 5, "profinet-dcp"),
      conversation("10.1.1.167", "10.1.1.164", T),
      address("10.1.1.164", mac(1), T + 1),
      address("10.9.9.9", mac(9), T + 1),
    ]);
    const { hosts, conversations } = await world(plant);
    expect(counts).toMatchObject({ hostsNew: 2, hostsUpdated: 0, assetsNew: 2, recordsRead: 5 });
    expect(hosts).toHaveLength(2);
    expect(hosts[1]).toMatchObject({
      name: "mixer-4",
      ips: ["10.1.1.164"],
      macs: [mac(1)],
      sources: ["Passive Sensor"],
      isOt: true,
      manufacturer: "Rockwell Automation",
      serial_number: "0x00524d8e",
      family: "ControlLogix communication modules",
      purdue_level: 1,
      interfaces: [
        { address: "10.1.1.164", macAddress: mac(1), protocol: "enip", transport: { protocol: "tcp" }, port: 44818 },
      ],
      inventory: [
        { source: "Passive Sensor", created: new Date(T).toISOString(), lastUpdated: new Date(T + 1000).toISOString() },
      ],
    });
    expect(hosts[0]).toMatchObject({ name: "10.1.1.167", purdue_level: null, role: "client" });
    expect(conversations).toMatchObject([
      { client: "10.1.1.167", server: "10.1.1.164", port: 44818, protocol: "enip" },
    ]);
  });

  it("knows a device below IP by its MAC when the address it tells is none that a device can have", async () => {
    const plant = await createSubscription(db);
    const told = identity({ ip: "127.0.0.1", mac: mac(1) }, { deviceName: "mixer-4" }, T, "profinet-dcp");
    if (told.type === "identity") told.identity.serves = { transport: "ethernet", port: null };
    await importCapture(db, plant, [told]);
    expect((await world(plant)).hosts).toMatchObject([
      {
        name: "mixer-4",
        ips: [],
        macs: [mac(1)],
        interfaces: [{ address: null, macAddress: mac(1), protocol: "profinet-dcp", port: null }],
      },
    ]);
  });

  it("changes nothing when the same capture is imported again", async () => {
    const plant = await createSubscription(db);
    const capture = [
      identity({ ip: "10.0.0.1", mac: mac(1) }, enbt, T),
      conversation("10.0.0.2", "10.0.0.1", T),
      address("10.0.0.2", mac(2), T),
    ];
    await importCapture(db, plant, capture);
    const before = await world(plant);
    const { counts } = await importCapture(db, plant, capture);
    expect(counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0, assetsNew: 0, recordsRead: 3 });
    expect(await world(plant)).toEqual(before);
  });

  it("moves only the last sighting when a later capture tells the same", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, enbt, T)]);
    const before = (await world(plant)).hosts[0]!;
    const { counts } = await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, enbt, T + 60_000)]);
    const after = (await world(plant)).hosts[0]!;
    expect(counts).toMatchObject({ hostsNew: 0, hostsUpdated: 0 });
    expect(after.inventory).toMatchObject([
      { created: new Date(T).toISOString(), lastUpdated: new Date(T + 60_000).toISOString() },
    ]);
    expect({ ...after, inventory: 0, evidence: 0 }).toEqual({ ...before, inventory: 0, evidence: 0 });
  });

  it("counts a host as updated once per import when its firmware changed, and keeps the newer one whatever comes late", async () => {
    const plant = await createSubscription(db);
    const with43 = [identity({ ip: "10.0.0.1" }, enbt, T)];
    const with44 = [identity({ ip: "10.0.0.1" }, { ...enbt, firmwareVersion: "4.4" }, T + 1_000_000)];
    await importCapture(db, plant, with43);
    const { counts } = await importCapture(db, plant, [...with44, ...with44], { limits: { maxPending: 2 } });
    expect(counts).toMatchObject({ hostsNew: 0, hostsUpdated: 1 });
    const newer = await world(plant);
    expect(newer.hosts[0]).toMatchObject({ firmware_version: "4.4" });
    await importCapture(db, plant, with43);
    expect(await world(plant)).toEqual(newer);

    const other = await createSubscription(db);
    await importCapture(db, other, with44);
    await importCapture(db, other, with43);
    expect((await world(other)).hosts[0]).toMatchObject({
      firmware_version: "4.4",
      inventory: [{ created: new Date(T).toISOString(), lastUpdated: new Date(T + 1_000_000).toISOString() }],
    });
  });

  it.each([
    ["2106", Date.UTC(2106, 0, 1)],
    ["1970", 5_000],
    ["before it", -1.5e15],
    ["no date at all", 1.8e22],
  ])("takes the import's time for that of a clock that stood at %s, and says so once", async (_, wrong) => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, enbt, T)]);
    const odd = [
      identity({ ip: "10.0.0.1", mac: mac(1) }, { ...enbt, firmwareVersion: "4.4" }, wrong),
      conversation("10.0.0.2", "10.0.0.1", wrong),
      address("10.0.0.2", mac(2), wrong),
    ];
    const { issues } = await importCapture(db, plant, odd);
    expect(issues.map(({ code }) => code)).toEqual(["capture-clock-absurd"]);
    const IMPORTED = new Date(Date.UTC(2026, 0, 1));
    const lastUpdated = IMPORTED.toISOString();
    expect((await world(plant)).hosts).toMatchObject([
      { inventory: [{ created: lastUpdated, lastUpdated }] },
      { firmware_version: "4.4", inventory: [{ created: new Date(T).toISOString(), lastUpdated }] },
    ]);
    expect((await world(plant)).conversations).toMatchObject([{ first_seen: IMPORTED, last_seen: IMPORTED }]);
  });

  it("lets one damaged time of a conversation give way to the other", async () => {
    const plant = await createSubscription(db);
    const talk = conversation("10.0.0.2", "10.0.0.1", T);
    if (talk.type !== "conversation") throw new Error("no conversation");
    await importCapture(db, plant, [{ ...talk, conversation: { ...talk.conversation, lastSeen: 1.8e16 } }]);
    const day = new Date(T);
    expect((await world(plant)).conversations).toMatchObject([{ first_seen: day, last_seen: day }]);
  });

  it("gives an asset that a scanner knows its OT side, under the scanner's name", async () => {
    const plant = await createSubscription(db);
    await sql`
      WITH a AS (INSERT INTO asset (subscription_id, name, ip_addresses, mac_addresses, sources, created_at, updated_at)
        VALUES (${plant}, 'press-7.plant.example', '{10.0.0.1}', '{}', '{Nessus}', now(), now()) RETURNING id)
      INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
      SELECT ${plant}, 'default', 'ip', '10.0.0.1', id, now() FROM a`.execute(db.write);
    const { counts } = await importCapture(db, plant, [identity({ ip: "10.0.0.1", mac: mac(1) }, enbt, T)]);
    const { hosts } = await world(plant);
    expect(counts).toMatchObject({ hostsNew: 1, assetsNew: 0 });
    expect(hosts).toMatchObject([
      { name: "press-7.plant.example", sources: ["Nessus", "Passive Sensor"], macs: [mac(1)], model: "1756-ENBT" },
    ]);
    const elsewhere = await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, { model: "X" }, T)], {
      network: "plant 2",
    });
    expect(elsewhere.counts).toMatchObject({ assetsNew: 1 });
  });

  it("merges hosts that a later capture shows to be one", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, enbt, T)]);
    await importCapture(db, plant, [identity({ mac: mac(1) }, { deviceName: "mixer-4" }, T + 1, "profinet-dcp")]);
    expect((await world(plant)).hosts).toHaveLength(2);
    const { counts } = await importCapture(db, plant, [
      conversation("10.0.0.2", "10.0.0.1", T),
      address("10.0.0.1", mac(1), T + 2),
    ]);
    expect(counts).toMatchObject({ assetsMerged: 1, hostsNew: 1 });
    const { hosts } = await world(plant);
    expect(hosts).toHaveLength(2);
    expect(hosts[1]).toMatchObject({ name: "mixer-4", ips: ["10.0.0.1"], macs: [mac(1)], serial_number: "0x00524d8e" });
  });

  it("says who made what is known by its MAC alone, and says that it left out what a machine told itself", async () => {
    const plant = await createSubscription(db);
    const { issues } = await importCapture(db, plant, [
      conversation("10.0.0.2", "10.0.0.1", T),
      address("10.0.0.1", "00:80:63:00:00:01", T),
      conversation("127.0.0.1", "127.0.0.1", T, { protocol: "opcua", port: 4840 }),
    ]);
    expect((await world(plant)).hosts).toMatchObject([
      { ips: ["10.0.0.1"], manufacturer: "Hirschmann" },
      { ips: ["10.0.0.2"], manufacturer: null },
    ]);
    expect(issues.map(({ level, code }) => `${level} ${code}`)).toEqual(["warning loopback-addresses"]);
  });

  it("keeps devices of two networks apart though MAC and serial number are the same, whatever comes first", async () => {
    const ofA = [identity({ ip: "10.40.0.1", mac: mac(1) }, enbt, T)];
    const ofB = [identity({ ip: "10.41.0.1", mac: mac(1) }, { ...enbt, catalogNumber: "1769-L33ER" }, T + 5)];
    const worlds = [];
    for (const order of [
      [ofA, ofB, ofA],
      [ofB, ofA],
    ]) {
      const plant = await createSubscription(db);
      for (const events of order)
        await importCapture(db, plant, events, { network: events === ofA ? "plant A" : "plant B" });
      worlds.push(await world(plant));
    }
    expect(worlds[0]!.hosts).toMatchObject([
      { ips: ["10.40.0.1"], catalog_number: "1756-ENBT/A" },
      { ips: ["10.41.0.1"], catalog_number: "1769-L33ER" },
    ]);
    expect(withoutUpdateTimes(worlds[1]!)).toEqual(withoutUpdateTimes(worlds[0]!));
  });

  it("joins what a MAC and a serial number tell within one network", async () => {
    const plant = await createSubscription(db);
    const captures = [
      [identity({ mac: mac(1) }, { deviceName: "mixer-4" }, T, "profinet-dcp")],
      [identity({ ip: "10.40.0.1", mac: mac(1) }, enbt, T + 1)],
      [identity({ ip: "10.40.0.2" }, enbt, T + 2)],
    ];
    for (const events of captures) await importCapture(db, plant, events, { network: "plant A" });
    expect((await world(plant)).hosts).toMatchObject([{ name: "mixer-4", ips: ["10.40.0.1", "10.40.0.2"] }]);
  });

  it("does not merge a host away whose findings a scanner is writing at the same time", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, enbt, T)]);
    await importCapture(db, plant, [identity({ mac: mac(1) }, { deviceName: "mixer-4" }, T + 1, "profinet-dcp")]);
    const linking = [identity({ ip: "10.0.0.1", mac: mac(1) }, enbt, T + 2)];
    let linked: Promise<unknown> = Promise.resolve();
    await db.write.transaction().execute(async (scan) => {
      await sql`SELECT FROM asset WHERE subscription_id = ${plant} FOR NO KEY UPDATE`.execute(scan);
      await sql`
        INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, severity, qds, status, category,
                             first_found, last_found)
        SELECT ${plant}, id, gen_random_uuid(), 1, 3, 50, 'NEW', 'VULNERABILITY', now(), now() FROM asset
        WHERE subscription_id = ${plant}`.execute(scan);
      linked = importCapture(db, plant, linking).catch((error: unknown) => error);
      await waitForLock();
    });
    expect(await linked).toBeInstanceOf(AssetGoneError);
    // What the import does with such a transaction: run it again.
    expect((await importCapture(db, plant, linking)).counts).toMatchObject({ assetsMerged: 0 });
    const { rows } = await sql`
      SELECT count(*)::int AS findings, count(a.id)::int AS "withAsset" FROM finding f
      LEFT JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id
      WHERE f.subscription_id = ${plant}`.execute(db.read);
    expect(rows).toEqual([{ findings: 2, withAsset: 2 }]);
  });

  it("takes a device with another serial number at a known address for another host", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, enbt, T)]);
    await importCapture(db, plant, [identity({ ip: "10.0.0.1" }, { ...enbt, serialNumber: "0x00999999" }, T + 1000)]);
    const { hosts } = await world(plant);
    expect(hosts.map((host) => host.serial_number).sort()).toEqual(["0x00524d8e", "0x00999999"]);
  });

  it("makes no host of a machine of which only an address is told that a host has at another time", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [identity({ ip: "10.1.1.164" }, enbt, T), address("10.1.1.164", mac(1), T)]);
    const before = await world(plant);
    const office = [conversation("10.8.0.1", "10.1.1.164", T + 5, { protocol: "http", port: 80 })];
    const { counts } = await importCapture(db, plant, [...office, address("10.1.1.164", mac(7), T + 5)]);
    expect(counts).toMatchObject({ assetsNew: 0, hostsNew: 0, hostsUpdated: 0 });
    expect((await world(plant)).hosts).toEqual(before.hosts);
  });

  it("infers level 2 for who calls several controllers, also when they are met in different captures", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [conversation("10.0.0.9", "10.0.0.1", T)]);
    await importCapture(db, plant, [conversation("10.0.0.9", "10.0.0.2", T, { protocol: "modbus", port: 502 })]);
    const { hosts } = await world(plant);
    expect(hosts.map(({ name, purdue_level, purdue_basis }) => [name, purdue_level, purdue_basis])).toEqual([
      ["10.0.0.1", 1, "server of an industrial protocol"],
      ["10.0.0.2", 1, "server of an industrial protocol"],
      ["10.0.0.9", 2, "client of several controllers"],
    ]);
  });

  it("knows a PROFINET controller, whose devices answer it from other ports, and leaves it on level 1", async () => {
    const plant = await createSubscription(db);
    const over = { transport: "udp", protocol: "profinet-io", port: 34_964, isAnswered: false };
    await importCapture(db, plant, [
      conversation("10.0.0.9", "10.0.0.1", T, over),
      conversation("10.0.0.9", "10.0.0.2", T, over),
    ]);
    expect((await world(plant)).hosts.map(({ name, purdue_level }) => [name, purdue_level])).toEqual([
      ["10.0.0.1", 1],
      ["10.0.0.2", 1],
      ["10.0.0.9", 1],
    ]);
  });

  it("makes no hosts of groups, of office traffic, or of addresses that never answered", async () => {
    const plant = await createSubscription(db);
    const { counts } = await importCapture(db, plant, [
      conversation("10.0.0.9", "255.255.255.255", T, { transport: "udp" }),
      conversation("10.0.0.9", "239.192.1.1", T, { transport: "udp" }),
      conversation("10.0.0.9", "10.0.0.7", T, { transport: "udp", isAnswered: false }),
      conversation("10.0.0.9", "10.0.0.255", T, { transport: "udp", protocol: "bacnet", isAnswered: false }),
      conversation("10.0.0.9", "10.0.0.8", T, { protocol: null, port: 443 }),
    ]);
    expect(counts).toMatchObject({ hostsNew: 0, assetsNew: 0 });
    expect((await world(plant)).conversations).toHaveLength(3);
  });

  it("writes in between what does not fit, with the same result", async () => {
    const [whole, pieces] = [await createSubscription(db), await createSubscription(db)];
    const capture = Array.from({ length: 30 }, (_, n) => [
      identity(
        { ip: `10.0.1.${n}` },
        { ...enbt, serialNumber: `0x0000ab${n + 10}`, deviceName: `plc-${n + 10}` },
        T + n,
      ),
      conversation("10.0.0.9", `10.0.1.${n}`, T + n),
    ]).flat();
    const inOne = await importCapture(db, whole, capture);
    const inMany = await importCapture(db, pieces, capture, { limits: { maxPending: 40 } });
    expect(inMany.commits).toBeGreaterThan(5);
    expect(inMany.counts).toEqual(inOne.counts);
    expect(withoutUpdateTimes(await world(pieces))).toEqual(withoutUpdateTimes(await world(whole)));
  });

  it("counts each host once when an import is broken off and resumed", async () => {
    const [steady, broken] = [await createSubscription(db), await createSubscription(db)];
    const capture = Array.from({ length: 30 }, (_, n) => [
      identity({ ip: `10.0.1.${n}` }, { ...enbt, serialNumber: `0x0000ab${n + 10}` }, T + n),
      conversation("10.0.0.9", `10.0.1.${n}`, T + n),
    ]).flat();
    const limits = { maxPending: 40 };
    const expected = await importCapture(db, steady, capture, { limits });
    const jobId = "00000000-0000-4000-9000-000000000001";
    const state = { counts: { ...expected.counts }, checkpoint: {}, issues: [], commits: 0 };
    for (const key of Object.keys(state.counts) as (keyof typeof state.counts)[]) state.counts[key] = 0;
    const failing = importCapture(db, broken, capture, { limits, jobId, from: state, failAtCommit: 4 });
    await expect(failing).rejects.toThrow("the server stopped");
    expect(state.checkpoint).toEqual({ batches: 3 });
    const resumed = await importCapture(db, broken, capture, { limits, jobId, from: state });
    expect(resumed.counts).toEqual(expected.counts);
    expect(await world(broken)).toEqual(await world(steady));
  });

  it("leaves devices beyond the limit out and says so", async () => {
    const plant = await createSubscription(db);
    const capture = Array.from({ length: 6 }, (_, n) => identity({ ip: `10.0.2.${n + 1}` }, { model: "X" }, T));
    const { counts, issues } = await importCapture(db, plant, capture, { limits: { maxDevices: 4 } });
    expect(counts).toMatchObject({ hostsNew: 4 });
    expect(issues).toMatchObject([{ level: "warning", code: "too-many-devices" }]);
  });

  it("stores what no text column takes: control characters and lone surrogates", async () => {
    const plant = await createSubscription(db);
    await importCapture(db, plant, [
      identity({ ip: "10.0.0.1" }, { deviceName: "plc\u0000\ud800", model: "\u0000" }, T),
    ]);
    expect((await world(plant)).hosts).toMatchObject([{ name: "plc \ufffd", model: null }]);
  });

  it("ends in the same hosts whatever the order, repetition and cut of the captures", async () => {
    const events = fc.array(
      fc.record({
        device: fc.integer({ min: 1, max: 4 }),
        kind: fc.integer({ min: 0, max: 3 }),
        at: fc.integer({ min: 0, max: 9 }),
      }),
      { minLength: 1, maxLength: 14 },
    );
    const toEvent = ({ device, kind, at }: { device: number; kind: number; at: number }): CaptureEvent => {
      const ip = `10.0.3.${device}`;
      const seenAt = T + at * 10_000;
      if (kind === 0)
        return identity({ ip }, { ...enbt, serialNumber: `0x0000000${device}a`, firmwareVersion: `4.${at}` }, seenAt);
      if (kind === 1) return identity({ mac: mac(device) }, { deviceName: `plc-${device}` }, seenAt, "profinet-dcp");
      if (kind === 2) return conversation("10.0.3.99", ip, seenAt);
      return identity({ ip, mac: mac(device) }, { plantName: "north" }, seenAt, "lldp");
    };
    await fc.assert(
      fc.asyncProperty(
        events.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
        ),
        fc.integer({ min: 1, max: 5 }),
        async ([all, shuffled], size) => {
          const [plain, mixed] = [await createSubscription(db), await createSubscription(db)];
          // Every address is told at last: until then two halves of a device cannot be known to be one.
          const links = [1, 2, 3, 4].flatMap((n) => [
            conversation("10.0.3.99", `10.0.3.${n}`, T),
            address(`10.0.3.${n}`, mac(n), T),
          ]);
          await importCapture(db, plain, [...all.map(toEvent), ...links]);
          for (let at = 0; at < shuffled.length; at += size)
            await importCapture(db, mixed, shuffled.slice(at, at + size).map(toEvent));
          await importCapture(db, mixed, links);
          expect(withoutUpdateTimes(await world(mixed)).hosts).toEqual(withoutUpdateTimes(await world(plain)).hosts);
        },
      ),
      { numRuns: 25 },
    );
  });
});
