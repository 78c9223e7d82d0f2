import { otNetworkList, type QueryOf } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { Value } from "typebox/value";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { scopeTo } from "../../db/scoped.ts";
import { conversation, createSubscription, identity, importCapture } from "./capture-run.fixture.ts";
import { listConversations } from "./network-service.ts";

const T = Date.UTC(2025, 0, 1);
const EVERYTHING: Scope = { kind: "all" };
let testDatabase: TestDatabase;
let db: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

/** A panel that asks two controllers, and a laptop that asks a host that is none. */
async function makePlant(network = "default"): Promise<number> {
  const plant = await createSubscription(db);
  const events = [
    identity({ ip: "10.0.0.1" }, { deviceName: "press" }, T),
    identity({ ip: "10.0.0.2" }, { deviceName: "mixer" }, T),
    conversation("10.0.0.9", "10.0.0.1", T),
    conversation("10.0.0.9", "10.0.0.2", T, { protocol: "s7comm", port: 102 }),
    conversation("10.0.0.7", "10.0.0.8", T, { protocol: null, port: 443 }),
  ];
  await importCapture(db, plant, events, { network });
  return plant;
}

async function list(plant: number, scope: Scope, query: QueryOf<typeof otNetworkList> = {}, pageSize = 50) {
  const scoped = scopeTo(db, { subscriptionId: plant, scope });
  const found = await listConversations(scoped, query, { pageNumber: 0, pageSize }, T);
  expect([...Value.Errors(otNetworkList.responses[200].schema, found.conversations)]).toEqual([]);
  const ends = found.conversations.map(
    ({ client, server }) => `${client.name} ${client.address} > ${server.name} ${server.address}`,
  );
  return { ends, count: found.count };
}

it("lists conversations with the hosts at their ends, in a total order", async () => {
  const plant = await makePlant();
  expect(await list(plant, EVERYTHING)).toEqual({
    ends: ["null 10.0.0.7 > null 10.0.0.8", "10.0.0.9 10.0.0.9 > press 10.0.0.1", "10.0.0.9 10.0.0.9 > mixer 10.0.0.2"],
    count: 3,
  });
  expect(await list(plant, EVERYTHING, {}, 1)).toMatchObject({ ends: [expect.any(String)], count: 3 });
  expect((await list(plant, EVERYTHING, { protocol: "S7comm" })).ends).toEqual(["10.0.0.9 10.0.0.9 > mixer 10.0.0.2"]);
  expect((await list(plant, EVERYTHING, { address: "10.0.0.8" })).count).toBe(1);
  expect(await list(await createSubscription(db), EVERYTHING)).toEqual({ ends: [], count: 0 });
});

it("shows who has a scope the conversations of hosts in it, and of the other end no more than its address", async () => {
  const plant = await makePlant();
  const { rows } = await sql<{ id: number }>`
    INSERT INTO tag (subscription_id, name) VALUES (${plant}, 'mixers') RETURNING id`.execute(db.write);
  const tagId = rows[0]!.id;
  await sql`UPDATE asset SET tag_ids = ARRAY[${tagId}::integer] WHERE subscription_id = ${plant} AND name = 'mixer'`.execute(
    db.write,
  );
  const scoped: Scope = { kind: "tags", tagIds: [tagId] };
  expect(await list(plant, scoped)).toEqual({ ends: ["null 10.0.0.9 > mixer 10.0.0.2"], count: 1 });
  expect((await list(plant, scoped, { address: "10.0.0.1" })).count).toBe(0);
  expect(await list(plant, { kind: "tags", tagIds: [] })).toEqual({ ends: [], count: 0 });
});

it("takes an address for a host's in the host's network only", async () => {
  const plant = await makePlant("north");
  await importCapture(db, plant, [conversation("10.0.0.1", "10.0.0.2", T)], { network: "south" });
  const { ends } = await list(plant, EVERYTHING, { address: "10.0.0.1" });
  expect(ends).toEqual(["10.0.0.9 10.0.0.9 > press 10.0.0.1", "10.0.0.1 10.0.0.1 > 10.0.0.2 10.0.0.2"]);
});

it("finds ends by address where they are one, whatever stands in its place", async () => {
  const plant = await createSubscription(db);
  const ips = [
    "10.0.0.7",
    "fe80::1",
    "::",
    "1::",
    "::8",
    "1:2:3:4:5:6::",
    "::3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8",
    "2001:db8::a:1",
  ];
  const others = [
    ...[
      "1::2::3",
      "fe80::1%eth0",
      ":1::2",
      "1::2:",
      "1:2:3",
      "12345::1",
      "1::2:3:4:5:6:7:8",
      ":::",
      "1:2:3:4:5:6:7:8:9",
    ],
    ...["00:1d:9c:00:00:01", "", "broadcast", "1.2.3"],
  ];
  await sql`INSERT INTO ot_conversation (subscription_id, network, client, server, transport, port, first_seen, last_seen)
    SELECT ${plant}, 'default', x, '10.9.9.9', 'tcp', 1, now(), now() FROM unnest(${[...ips, ...others]}::text[]) x`.execute(
    db.write,
  );
  const countOf = async (filter: string) => (await list(plant, EVERYTHING, { filter })).count;
  expect(await countOf("network.client.address is not null")).toBe(ips.length);
  expect(await countOf("network.client.address is null")).toBe(others.length);
  for (const ip of ips) expect([ip, await countOf(`network.client.address:"${ip}"`)]).toEqual([ip, 1]);
  expect(await countOf("network.client.macAddress:00:1d:9c*")).toBe(1);
  expect((await list(plant, EVERYTHING, { sort: '[{"network.client.address":"desc"}]' })).count).toBe(22);
});
