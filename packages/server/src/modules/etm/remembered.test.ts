import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { type RawBuilder, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, scopeTo } from "../../db/index.ts";
import { type Seeded, seedWorld } from "../findings-read/seed.fixture.ts";
import { anyWorld, WORLD_NOW_MS } from "../findings-read/world.fixture.ts";
import { listAssets, listFindings } from "./service.ts";

// Pages that are remembered, and pages made of remembered rows, beside the same read in a transaction, where nothing is.

let database: TestDatabase;
/** Two servers of one installation. */
let nodes: Database[];
beforeAll(async () => {
  database = await createTestDatabase();
  nodes = [database.open(), database.open()];
});
afterAll(async () => {
  for (const node of nodes) await node.close();
  await database.drop();
});

const CVE = "CVE-2021-44228";

/** What a page of findings or assets shows, changed one by one; `n` makes each change another. */
const CHANGES: Readonly<Record<string, (id: number, n: number) => RawBuilder<unknown>>> = {
  nothing: () => sql`SELECT 1`,
  audit: (id, n) => sql`UPDATE subscription SET name = ${`renamed ${id} ${n}`} WHERE id = ${id}`,
  finding: (id, n) => sql`UPDATE finding SET qds = ${n % 100} WHERE subscription_id = ${id}`,
  removal: (id) => sql`DELETE FROM finding WHERE ctid = (SELECT min(ctid) FROM finding WHERE subscription_id = ${id})`,
  evidence: (id, n) => sql`UPDATE finding_source SET evidence = ${`seen ${n}`} WHERE subscription_id = ${id}`,
  look: (id, n) =>
    sql`UPDATE asset_source SET seen_at = timestamptz '2026-06-01' + ${n} * interval '1 second' WHERE subscription_id = ${id}`,
  asset: (id, n) => sql`UPDATE asset SET name = ${`host ${n}`}, risk = ${n % 1000} WHERE subscription_id = ${id}`,
  tags: (id) => sql`UPDATE asset SET tag_ids = tag_ids[2:] WHERE subscription_id = ${id}`,
  tag: (id, n) => sql`UPDATE tag SET name = md5(name || ${`${n}`}) WHERE subscription_id = ${id}`,
  connection: (id, n) => sql`UPDATE connection SET name = md5(name || ${`${n}`}) WHERE subscription_id = ${id}`,
  check: (id, n) => sql`UPDATE check_definition SET title = ${`title ${n}`} WHERE subscription_id = ${id}`,
  checkOfSource: (id, n) =>
    sql`UPDATE check_definition SET vendor_id = md5(vendor_id || ${`${n}`}) WHERE subscription_id = ${id}`,
  cve: (_, n) => sql`INSERT INTO cve_knowledge (cve_id, epss, cvss)
    VALUES (${CVE}, ${(n % 1000) / 1000}, jsonb_build_array(jsonb_build_object('version', '3.1', 'score', ${n % 10}::int, 'vector', null)))
    ON CONFLICT (cve_id) DO UPDATE SET epss = excluded.epss, cvss = excluded.cvss`,
  forgottenCve: () => sql`DELETE FROM cve_knowledge WHERE cve_id = ${CVE}`,
  catalogue: () => sql`INSERT INTO knowledge_feed (kind, source, loaded_at, records, changed, is_complete, whole_at)
    VALUES ('kev', 'test', now(), 0, 0, true, now()) ON CONFLICT DO NOTHING`,
  forgottenCatalogue: () => sql`DELETE FROM knowledge_feed`,
  bands: (id, n) => sql`INSERT INTO score_setting VALUES (${id}, 1, 1, 1, 1, ${n % 1000}::int, 0, 0)
    ON CONFLICT (subscription_id) DO UPDATE SET floor_critical = excluded.floor_critical`,
};

type Step = { change: string; node: number; pageNumber: number };
const step: fc.Arbitrary<Step> = fc.record({
  change: fc.constantFrom(...Object.keys(CHANGES)),
  node: fc.nat({ max: 1 }),
  pageNumber: fc.nat({ max: 2 }),
});

async function readBoth(db: Parameters<typeof listFindings>[0], page: { pageNumber: number; pageSize: number }) {
  const read = [listFindings, listAssets].map((list) => list(db, page, WORLD_NOW_MS));
  return (await Promise.all(read)).map(({ json, count }) => [JSON.parse(json.toString()), count]);
}

test("a remembered page is the one that would be read now, on every node and in every scope", async () => {
  let n = 0;
  await fc.assert(
    fc.asyncProperty(anyWorld, fc.array(step, { minLength: 8, maxLength: 16 }), async (world, steps) => {
      const seeded: Seeded = await seedWorld(nodes[0]!, world);
      const { subscriptionId, tagIds } = seeded;
      await sql`UPDATE finding SET cve_id = ${CVE} WHERE subscription_id = ${subscriptionId} AND id % 2 = 0`.execute(
        nodes[0]!.write,
      );
      const scopes = [{ kind: "all" } as const, { kind: "tags", tagIds: [tagIds[0]!] } as const];
      for (const { change, node, pageNumber } of steps) {
        n += 1;
        await CHANGES[change]!(subscriptionId, n).execute(nodes[node]!.write);
        const page = { pageNumber, pageSize: 4 };
        for (const scope of scopes) {
          const fresh = await scopeTo(nodes[0]!, { subscriptionId, scope }).transaction((own) => readBoth(own, page));
          for (const reader of [0, 1, 0]) {
            const remembered = await readBoth(scopeTo(nodes[reader]!, { subscriptionId, scope }), page);
            expect([change, remembered]).toEqual([change, fresh]);
          }
        }
      }
    }),
    { numRuns: 15 },
  );
});

test("a page that is asked for again is the same bytes, and those of another scope are its own", async () => {
  const [world] = fc.sample(
    anyWorld.filter(({ assets }) => assets.length > 1),
    1,
  );
  const { subscriptionId, tagIds } = await seedWorld(nodes[0]!, world!);
  await sql`UPDATE asset SET tag_ids = '{}' WHERE subscription_id = ${subscriptionId}`.execute(nodes[0]!.write);
  const read = (scope: Parameters<typeof scopeTo>[1]["scope"]) =>
    listAssets(scopeTo(nodes[0]!, { subscriptionId, scope }), {}, WORLD_NOW_MS);
  const first = await read({ kind: "all" });
  expect((await read({ kind: "all" })).json).toBe(first.json);
  expect((await read({ kind: "tags", tagIds: [tagIds[0]!] })).json.toString()).toBe("[]");
});
