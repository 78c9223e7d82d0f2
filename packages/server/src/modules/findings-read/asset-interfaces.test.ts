import type { InterfaceDescription } from "@breakwater/domain/identity/index";
import { assetTable, evaluateQuery, parseQuery, type QueryRecord } from "@breakwater/domain/query/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../db/index.ts";
import { compileQuery } from "../../db/query/index.ts";
import { assetFields } from "./index.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(() => database.drop());

const IPS = ["10.81.0.1", "10.81.0.9", "2001:db8::9"];
const MACS = ["00:1b:1b:00:00:01", "00:1b:1b:00:00:02", "00:1b:1b:00:00:03"];
const NAMES = ["a.corp.example", "b.corp.example", "c.corp.example"];

type StoredAsset = {
  ips: string[];
  macs: string[];
  names: string[];
  told: InterfaceDescription[];
  onWire: { address: string | null; macAddress: string | null }[];
  isOt: boolean;
};

const oneOf = (values: readonly string[]) => fc.option(fc.constantFrom(...values));
const storedAsset: fc.Arbitrary<StoredAsset> = fc.record({
  ips: fc.subarray(IPS),
  macs: fc.subarray(MACS),
  names: fc.subarray(NAMES),
  told: fc.array(fc.record({ address: oneOf(IPS), hostName: oneOf(NAMES), macAddress: oneOf(MACS) }), { maxLength: 4 }),
  onWire: fc.array(fc.record({ address: oneOf(IPS), macAddress: oneOf(MACS) }), { maxLength: 2 }),
  isOt: fc.boolean(),
});

/** What belongs together on an asset, plainly: see `asset-interfaces.ts`. */
function toElements({ ips, macs, names, told, onWire, isOt }: StoredAsset): QueryRecord[] {
  const has = (list: string[], value: string | null) => value === null || list.includes(value);
  const ties = [...told, ...(isOt ? onWire.map((one) => ({ ...one, hostName: null })) : [])].filter(
    ({ address, macAddress, hostName }) =>
      [address, macAddress, hostName].filter((value) => value !== null).length > 1 &&
      has(ips, address) &&
      has(macs, macAddress) &&
      has(names, hostName),
  );
  const nothing: InterfaceDescription = { address: null, hostName: null, macAddress: null };
  const known = [...ties];
  if (ips.length === 1 && macs.length === 1) known.push({ ...nothing, address: ips[0]!, macAddress: macs[0]! });
  else {
    known.push(
      ...ips.filter((ip) => !ties.some((one) => one.address === ip)).map((address) => ({ ...nothing, address })),
    );
    const loose = macs.filter((mac) => !ties.some((one) => one.macAddress === mac));
    known.push(...loose.map((macAddress) => ({ ...nothing, macAddress })));
  }
  const ofHost = names.filter((name) => !ties.some(({ hostName }) => hostName === name));
  if (ofHost.length > 0 && known.every(({ hostName }) => hostName !== null)) known.push(nothing);
  return known.map(({ address, hostName, macAddress }) => ({
    "asset.interface.address": address,
    "asset.interface.hostname": hostName === null ? ofHost : [hostName],
    "asset.interface.macAddress": macAddress,
  }));
}

async function store(assets: readonly StoredAsset[]): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES ('x') RETURNING id`.execute(
    db.write,
  );
  const subscriptionId = rows[0]!.id;
  for (const [index, { ips, macs, names, told, onWire, isOt }] of assets.entries()) {
    await sql`
      WITH a AS (
        INSERT INTO asset (subscription_id, name, ip_addresses, mac_addresses, host_names, interfaces, is_ot, created_at, updated_at)
        VALUES (${subscriptionId}, ${`a${index}`}, ${ips}::inet[], ${macs}::text[], ${names}::text[], ${JSON.stringify(told)}::jsonb,
          ${isOt}, now(), now()) RETURNING id)
      INSERT INTO ot_host (subscription_id, asset_id, interfaces, created_in)
      SELECT ${subscriptionId}, id, ${JSON.stringify(onWire)}::jsonb, gen_random_uuid() FROM a WHERE ${isOt}`.execute(
      db.write,
    );
  }
  return subscriptionId;
}

async function namesBySql(subscriptionId: number, text: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT a.name FROM asset a WHERE a.subscription_id = ${subscriptionId} AND ${compileQuery(parsed(text), assetFields)}
    ORDER BY a.id`.execute(db.read);
  return rows.map(({ name }) => name);
}

function parsed(text: string) {
  const result = parseQuery(text, assetTable, new Date(0));
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return result.query;
}

const condition = fc.oneof(
  fc.constantFrom(...IPS, "10.81.0.0/24").map((value) => `address:\`${value}\``),
  fc.constantFrom(...MACS).map((value) => `macAddress:\`${value}\``),
  fc.constantFrom(...NAMES).map((value) => `hostname:\`${value}\``),
  fc.constantFrom("address is null", "macAddress is null", "hostname is not null"),
);
const term = fc.tuple(fc.constantFrom("", "not "), condition).map((parts) => parts.join(""));
const inElement = fc
  .tuple(term, fc.constantFrom(" and ", " or "), term)
  .map((parts) => `asset.interface:(${parts.join("")})`);

test("an interface is what is told to belong together, in SQL as by the evaluator", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(storedAsset, { minLength: 5, maxLength: 12 }),
      fc.array(inElement, { minLength: 4, maxLength: 8 }),
      async (assets, queries) => {
        const subscriptionId = await store(assets);
        for (const text of queries) {
          const query = parsed(text);
          const expected = assets.flatMap((asset, index) =>
            evaluateQuery(query, { "asset.interface": toElements(asset) }) ? [`a${index}`] : [],
          );
          expect([text, await namesBySql(subscriptionId, text)]).toEqual([text, expected]);
          found += expected.length > 0 && expected.length < assets.length ? 1 : 0;
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(found).toBeGreaterThan(40);
});

test("one condition finds the same inside of the element as outside", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(storedAsset, { minLength: 8, maxLength: 12 }), async (assets) => {
      const subscriptionId = await store(assets);
      for (const one of [...IPS.map((ip) => `address:\`${ip}\``), ...NAMES.map((name) => `hostname:\`${name}\``)]) {
        const outside = await namesBySql(subscriptionId, `asset.interface.${one}`);
        expect(await namesBySql(subscriptionId, `asset.interface:(${one})`)).toEqual(outside);
      }
    }),
    { numRuns: 8 },
  );
});
