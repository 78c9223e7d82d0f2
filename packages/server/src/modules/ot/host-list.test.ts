import { AppError, otHostCount, otHostList } from "@breakwater/contract";
import { evaluateQuery, otHostTable, parseQuery, parseSort, type QueryRecord } from "@breakwater/domain/query/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { Value } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scope } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { isMappedField, selectPages } from "../../db/query/index.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import { createSubscription } from "./capture-run.fixture.ts";
import { hostFields } from "./host-fields.ts";
import { hostSource } from "./host-list-store.ts";
import { type SeededHost, seedHosts, seedManyHosts, toRecord } from "./hosts.fixture.ts";
import { createOtModule } from "./index.ts";

const NOW = Date.UTC(2026, 5, 1);
let testDatabase: TestDatabase;
let db: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  db = testDatabase.open();
});
afterAll(async () => testDatabase.drop());

type Host = { assetId: number; name: string; [member: string]: unknown };
type Query = { filter?: string; sort?: string; pageNumber?: number; pageSize?: number };

const { bindings } = createOtModule({ db: {} as never, clock: () => NOW });

async function call(operationId: string, scoped: ScopedDb, query: Query, version = "1.0") {
  const binding = bindings.find(({ operation }) => operation.id === operationId)!;
  const answer = await binding.handle({ db: scoped, query, version } as never);
  return { ...answer, json: String("json" in answer && answer.json) } as {
    json: string;
    value: unknown;
    count: number;
  };
}

async function list(scoped: ScopedDb, query: Query, version?: string): Promise<{ assets: Host[]; count: number }> {
  const answer = await call(otHostList.id, scoped, query, version);
  return { ...JSON.parse(answer.json), count: answer.count };
}

const scoped = (subscriptionId: number, scope: Scope = { kind: "all" }) => scopeTo(db, { subscriptionId, scope });

describe("ot.host.list", () => {
  it("answers both versions with records of the contract's shape", async () => {
    const plant = await createSubscription(db);
    await seedHosts(db, plant, sample());
    for (const version of ["v1", "1.0"]) {
      const { count, ...body } = await list(scoped(plant), {}, version);
      expect([...Value.Errors(otHostList.responses[200].schema, body)]).toEqual([]);
      expect(body.assets).toHaveLength(2);
      expect(count).toBe(2);
      expect(body.assets[0]).toMatchObject({
        name: "mixer-4",
        ipAddress: ["10.0.0.1", "fe80::1"],
        hardware: { manufacturer: "Siemens", serialNumber: null },
        tags: ["East", "north"],
        created: "2025-01-01T00:00:00.000Z",
        projectFiles: [],
      });
    }
  });

  it("answers compact JSON with the members of a list's records in the documented order", async () => {
    const plant = await createSubscription(db);
    await seedHosts(db, plant, sample());
    const { json } = await call(otHostList.id, scoped(plant), {});
    expect(json).toBe(JSON.stringify(JSON.parse(json)));
    expect(json).toContain(
      '{"address":"10.0.0.1","macAddress":"00:1d:9c:00:00:01","protocol":"s7comm","transport":{"protocol":"tcp"},"port":102}',
    );
  });

  it("answers total and pages from either end as they are after hosts came and went", async () => {
    const plant = await createSubscription(db);
    const handle = scoped(plant);
    await seedManyHosts(db, plant, 30);
    const walk = async () => {
      const ids: number[] = [];
      for (let pageNumber = 0; pageNumber < 5; pageNumber += 1) {
        const page = await list(handle, { pageNumber, pageSize: 7 });
        ids.push(...page.assets.map(({ assetId }) => assetId));
        expect(page.count).toBe((await list(handle, { filter: "asset.risk>=0", pageSize: 1 })).count);
      }
      return ids;
    };
    const before = await walk();
    expect(before).toHaveLength(30);
    await sql`DELETE FROM asset WHERE subscription_id = ${plant} AND id = ${before[2]!}`.execute(db.write);
    const last = await list(handle, { pageNumber: 4, pageSize: 7 });
    expect(last.count).toBe(29);
    expect(last.assets.map(({ assetId }) => assetId)).toEqual(before.slice(29));
    expect(await walk()).toEqual(before.filter((id) => id !== before[2]));
  });

  it("answers an empty list past the end, with the total", async () => {
    const plant = await createSubscription(db);
    await seedHosts(db, plant, sample());
    expect(await list(scoped(plant), { pageNumber: 7 })).toEqual({ assets: [], count: 2 });
    expect(await list(scoped(plant), { pageNumber: 2_147_483_647, pageSize: 100 })).toEqual({ assets: [], count: 2 });
  });

  it("reads an absent or zero page size as 50 and more than 100 as 100", async () => {
    const plant = await createSubscription(db);
    await seedManyHosts(db, plant, 120);
    expect((await list(scoped(plant), {})).assets).toHaveLength(50);
    expect((await list(scoped(plant), { pageSize: 0 })).assets).toHaveLength(50);
    expect((await list(scoped(plant), { pageSize: 1000 })).assets).toHaveLength(100);
  });

  it("refuses a bad filter and a bad sort with position and nearest token", async () => {
    const plant = scoped(await createSubscription(db));
    const refusal = async (query: Query) => {
      const error = await list(plant, query).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AppError);
      return error as AppError;
    };
    const filter = await refusal({ filter: "asset.nam:x" });
    expect([filter.code, filter.status]).toEqual(["invalid-query", 400]);
    expect(filter.message).toMatch(/line 1, column 1.*Invalid QQL token.*asset\.name/s);
    const sort = await refusal({ sort: '[{"asset.rsk":"asc"}]' });
    expect([sort.code, sort.status]).toEqual(["invalid-sort", 400]);
    expect(sort.message).toMatch(/column 3.*asset\.risk/s);
    await expect(call(otHostCount.id, plant, { filter: "asset.name:" })).rejects.toMatchObject({
      code: "invalid-query",
    });
  });

  it("never shows another subscription's hosts", async () => {
    const [own, other] = [await createSubscription(db), await createSubscription(db)];
    await seedHosts(db, other, sample());
    expect(await list(scoped(own), {})).toEqual({ assets: [], count: 0 });
  });

  it.each([
    ["hardware.orderNumber:`6ES7 315-2EH14-0AB0`", ["mixer-4"]],
    ["hardware:(manufacturer:Siemens and family:S7*)", ["mixer-4"]],
    ["interfaces.address:10.0.0.0/24 and interfaces:(port:102 and transport.protocol:tcp)", ["mixer-4"]],
    ["interfaces:(address:`fe80::1` and port:102)", []],
    ['inventory.source:"Passive Sensor"', ["mixer-4", "press 7"]],
    ["asset.tags.name:`north`", ["mixer-4"]],
    ["asset.purdueLevel is null", ["press 7"]],
    ["not asset.purdueLevel:1", ["press 7"]],
    ["projectFile.name:x", []],
  ])("finds by %s", async (filter, names) => {
    const plant = await createSubscription(db);
    await seedHosts(db, plant, sample());
    expect((await list(scoped(plant), { filter })).assets.map(({ name }) => name)).toEqual(names);
  });

  it("walks pages that together give each host of scope and filter once, in order, as plain evaluation does", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ hosts, scopeTags, filter, sort, pageSize }) => {
        const plant = await createSubscription(db);
        const { ids, tagIds } = await seedHosts(db, plant, hosts);
        const scope: Scope =
          scopeTags === null ? { kind: "all" } : { kind: "tags", tagIds: scopeTags.map((n) => tagIds[n]!) };
        const expected = bruteForce(hosts, ids, scopeTags, filter, sort);
        const walked: number[] = [];
        for (let pageNumber = 0; pageNumber <= Math.ceil(expected.length / pageSize); pageNumber += 1) {
          const page = await list(scoped(plant, scope), { filter, sort, pageNumber, pageSize });
          expect(page.count).toBe(expected.length);
          walked.push(...page.assets.map(({ assetId }) => assetId));
        }
        expect(walked).toEqual(expected);
        expect((await call(otHostCount.id, scoped(plant, scope), { filter })).value).toEqual({
          count: expected.length,
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe("the plan of a host page", () => {
  const explain = async (subscriptionId: number, query: Query) => {
    const filter = parseQuery(query.filter ?? "", otHostTable, new Date(NOW));
    const sort = parseSort(query.sort ?? "", otHostTable);
    if (!filter.ok || !sort.ok) throw new Error("the test's query is wrong");
    const source = await hostSource(scoped(subscriptionId), filter.query, sort.keys, NOW);
    const cut = { pageSize: 100, pages: 1, after: undefined, offset: (query.pageNumber ?? 0) * 100 };
    const statement = selectPages(source, cut, { count: 20_000, version: "" });
    const { rows } = await sql<{ "QUERY PLAN": string }>`EXPLAIN ${statement}`.execute(db.read);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };

  it("uses the key's index, and reads whole rows of one page only, at 20,000 hosts", async () => {
    const [plant, other] = [await createSubscription(db), await createSubscription(db)];
    await seedManyHosts(db, plant, 20_000);
    await seedManyHosts(db, other, 20_000);
    await sql`VACUUM ANALYZE asset, ot_host`.execute(db.write);
    for (const query of [
      {},
      { pageNumber: 150 },
      { sort: '[{"asset.assetId":"desc"}]' },
      { filter: "asset.assetId:15" },
    ]) {
      // The total may well read the whole table: it counts all of it.
      const page = (await explain(plant, query)).split("CTE page")[1]!.split("InitPlan")[0]!;
      expect(page).toMatch(/Index Only Scan (Backward )?using ot_host_pkey on ot_host h/);
      expect(page).not.toMatch(/Seq Scan on (asset|ot_host)/);
    }
    expect(await explain(plant, { filter: "asset.assetId:15" })).not.toMatch(/Seq Scan on (asset|ot_host)/);
    // Neither the order nor the total of an unfiltered list asks for an asset.
    expect(await explain(plant, {})).not.toMatch(/ on asset /);
    const byRisk = await explain(plant, { sort: '[{"asset.risk":"desc"}]', pageNumber: 150 });
    expect(byRisk).toMatch(/Index Only Scan Backward using asset_ot_by_risk on asset a/);
  });
});

/** Ids in the order of the answer: everything in memory, by the meaning of the query language. */
function bruteForce(
  hosts: readonly SeededHost[],
  ids: readonly number[],
  scopeTags: readonly number[] | null,
  filterText: string,
  sortText: string,
): number[] {
  const filter = parseQuery(filterText, otHostTable, new Date(NOW));
  const sort = parseSort(sortText, otHostTable);
  if (!filter.ok || !sort.ok)
    throw new Error(`the generator made a query that does not parse: ${filterText} ${sortText}`);
  const records = hosts
    .map((host, index) => ({ host, record: toRecord(host, ids[index]!), id: ids[index]! }))
    .filter(({ host }) => scopeTags === null || host.tags.some((tag) => scopeTags.includes(tag)))
    .filter(({ record }) => evaluateQuery(filter.query, record, (field) => isMappedField(hostFields(1), field)));
  const compare = (a: { record: QueryRecord; id: number }, b: { record: QueryRecord; id: number }) => {
    for (const { token, direction } of sort.keys) {
      const order = compareValues(a.record[token.field], b.record[token.field]);
      if (order !== 0) return direction === "asc" ? order : -order;
    }
    return sort.keys.at(-1)?.direction === "desc" ? b.id - a.id : a.id - b.id;
  };
  return records.sort(compare).map(({ id }) => id);
}

/** Missing values are the greatest; text goes by code points. */
function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}

function sample(): SeededHost[] {
  const base = { created: Date.UTC(2025, 0, 1), updated: Date.UTC(2025, 5, 1), risk: 0, criticality: 2, findings: 0 };
  return [
    {
      ...base,
      name: "mixer-4",
      manufacturer: "Siemens",
      family: "S7-300",
      orderNumber: "6ES7 315-2EH14-0AB0",
      serialNumber: null,
      purdueLevel: 1,
      tags: [0, 1],
      interfaces: [
        {
          address: "10.0.0.1",
          macAddress: "00:1d:9c:00:00:01",
          protocol: "s7comm",
          transport: { protocol: "tcp" },
          port: 102,
        },
        { address: "fe80::1", macAddress: null, protocol: null, transport: { protocol: null }, port: null },
      ],
    },
    {
      ...base,
      name: "press 7",
      manufacturer: null,
      family: null,
      orderNumber: null,
      serialNumber: "0x1",
      purdueLevel: null,
      tags: [],
      interfaces: [],
    },
  ];
}

const host: fc.Arbitrary<SeededHost> = fc.record({
  name: fc.constantFrom("mixer-4", "Mixer 5", "press 7", "Ünit 1", "10.0.0.9"),
  manufacturer: fc.constantFrom("Siemens", "Rockwell Automation", null),
  family: fc.constantFrom("S7-300", "ControlLogix 5580", null),
  orderNumber: fc.constantFrom("6ES7 315-2EH14-0AB0", null),
  serialNumber: fc.constantFrom("0x00524d8e", "S C-B1U393142011", null),
  purdueLevel: fc.constantFrom(0, 1, 2, null),
  risk: fc.constantFrom(0, 500, 1000),
  criticality: fc.integer({ min: 1, max: 5 }),
  findings: fc.integer({ min: 0, max: 2 }),
  tags: fc.subarray([0, 1, 2]),
  created: fc.constantFrom(NOW - 86_400_000, NOW - 40 * 86_400_000),
  updated: fc.constantFrom(NOW, NOW - 1000),
  interfaces: fc.subarray([
    {
      address: "10.0.0.1",
      macAddress: "00:1d:9c:00:00:01",
      protocol: "s7comm",
      transport: { protocol: "tcp" },
      port: 102,
    },
    { address: "10.0.1.1", macAddress: null, protocol: "bacnet", transport: { protocol: "udp" }, port: 47808 },
    {
      address: null,
      macAddress: "00:1d:9c:00:00:02",
      protocol: "goose",
      transport: { protocol: "ethernet" },
      port: null,
    },
  ]),
});

const condition = fc.constantFrom(
  "asset.name:mix",
  "asset.name:`press 7`",
  "asset.risk>=500",
  "asset.purdueLevel:[0 .. 1]",
  "asset.purdueLevel is null",
  "asset.criticality:(2 .. 4)",
  "asset.vulnerabilityCount>0",
  "asset.created>now-7d",
  "asset.tags.name:`north`",
  "asset.tags.name is null",
  "hardware.manufacturer:Siemens",
  "hardware.serialNumber is not null",
  "hardware:(family:S7* or orderNumber is null)",
  "interfaces.address:10.0.0.0/24",
  "interfaces:(protocol:s7comm and port:102)",
  "interfaces:(protocol:bacnet and port:102)",
  "interfaces.transport.protocol:udp",
  "interfaces.macAddress:00:1d:9c*",
  "projectFile.name:x",
  'inventory.source:"Passive Sensor"',
);

const filters = fc
  .tuple(condition, fc.constantFrom("", "and", "or", "and not"), condition)
  .map(([a, joint, b]) => (joint === "" ? a : `${a} ${joint} ${b}`));

const sorts = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom(
        "asset.name",
        "asset.risk",
        "asset.purdueLevel",
        "hardware.family",
        "asset.created",
        "asset.assetId",
      ),
      fc.constantFrom("asc", "desc"),
    ),
    { selector: ([name]) => name, maxLength: 3 },
  )
  .map((keys) => (keys.length === 0 ? "" : JSON.stringify(keys.map(([name, direction]) => ({ [name]: direction })))));

const worlds = fc.record({
  hosts: fc.array(host, { maxLength: 14 }),
  scopeTags: fc.option(fc.subarray([0, 1, 2]), { nil: null }),
  filter: fc.oneof(fc.constant(""), filters),
  sort: sorts,
  pageSize: fc.integer({ min: 1, max: 6 }),
});
