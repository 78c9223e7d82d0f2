import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import type { Database } from "../../db/index.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import { toAppError } from "../../gateway/problem.ts";
import { type Seeded, seedWorld, type World } from "../findings-read/seed.fixture.ts";
import { anyWorld, toExpectedJson, WORLD_NOW_MS } from "../findings-read/world.fixture.ts";
import type { AssetRow } from "./asset-store.ts";
import {
  countAssets,
  countFindingGroups,
  countFindings,
  getAsset,
  getFinding,
  type JsonPage,
  listAssets,
  listFindings,
} from "./service.ts";

type Expected = ReturnType<typeof toExpectedJson>;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const SORTS: Readonly<Record<string, (finding: Expected) => number | null>> = {
  "finding.qds": ({ qds }) => qds,
  "finding.severity": ({ severity }) => severity,
  "finding.port": ({ port }) => port,
  "finding.lastFixedDate": ({ lastFixed }) => lastFixed,
  "finding.lastFoundDate": ({ lastFound }) => lastFound,
  "finding.cvss2BaseScore": ({ cve }) => cve.cvss2Info.basescore,
  "finding.cvss3BaseScore": ({ cve }) => cve.cvss3Info.basescore,
  "finding.cvss4BaseScore": ({ cve }) => cve.cvss4Info.basescore,
};

const someKeys = fc.uniqueArray(fc.tuple(fc.constantFrom(...Object.keys(SORTS)), fc.constantFrom("asc", "desc")), {
  maxLength: 3,
  selector: ([token]) => token,
});

/** Missing values are the greatest; ids break ties in the direction of the last key. */
function compare(keys: readonly (readonly [string, string])[]) {
  return (a: Expected, b: Expected): number => {
    for (const [token, direction] of keys) {
      const [one, other] = [SORTS[token]!(a) ?? Number.MAX_VALUE, SORTS[token]!(b) ?? Number.MAX_VALUE];
      if (one !== other) return (one < other ? -1 : 1) * (direction === "asc" ? 1 : -1);
    }
    return (Number(a.id) - Number(b.id)) * (keys.at(-1)?.[1] === "desc" ? -1 : 1);
  };
}

function expectedFindings(world: World, seeded: Seeded, tagNumbers: readonly number[] | null): Expected[] {
  return world.findings.flatMap((finding, index) => {
    const { tagIds } = world.assets[finding.assetId - 1]!;
    const isInScope = tagNumbers === null || tagIds.some((id) => tagNumbers.includes(id));
    return isInScope ? [toExpectedJson(world, seeded, index)] : [];
  });
}

const someScope = fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 3 })), { nil: null });

function enter(seeded: Seeded, tagNumbers: readonly number[] | null): ScopedDb {
  const scope: Scope =
    tagNumbers === null
      ? { kind: "all" }
      : { kind: "tags", tagIds: tagNumbers.map((number) => seeded.tagIds[number - 1] as number) };
  return scopeTo(db, { subscriptionId: seeded.subscriptionId, scope });
}

async function walk<T>(list: (page: { pageNumber?: number; cursor?: string }) => Promise<JsonPage>): Promise<T[][]> {
  const read = async (page: { pageNumber?: number; cursor?: string }) => {
    const { json, ...turned } = await list(page);
    return { records: JSON.parse(json.toString()) as T[], ...turned };
  };
  const byNumber: T[] = [];
  for (let pageNumber = 0; ; pageNumber++) {
    const { records } = await read({ pageNumber });
    if (records.length === 0) break;
    byNumber.push(...records);
  }
  const byCursor: T[] = [];
  let page = await read({});
  byCursor.push(...page.records);
  while (page.nextCursor !== null) {
    page = await read({ cursor: page.nextCursor });
    byCursor.push(...page.records);
  }
  return [byNumber, byCursor];
}

test("walking the pages, by number or by cursor, gives each finding of the scope once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyWorld,
      someScope,
      someKeys,
      fc.integer({ min: 1, max: 12 }),
      async (world, tags, keys, pageSize) => {
        const seeded = await seedWorld(db, world);
        const scoped = enter(seeded, tags);
        const expected = expectedFindings(world, seeded, tags).sort(compare(keys));
        const sort = JSON.stringify(keys.map(([token, direction]) => ({ [token]: direction })));
        const [byNumber, byCursor] = await walk<Expected>((page) =>
          listFindings(scoped, { ...page, sort, pageSize }, WORLD_NOW_MS),
        );
        expect(byNumber).toEqual(expected);
        expect(byCursor).toEqual(byNumber);
        expect((await listFindings(scoped, {}, WORLD_NOW_MS)).count).toBe(expected.length);
        expect(await countFindings(scoped, {}, WORLD_NOW_MS)).toBe(expected.length);
      },
    ),
    { numRuns: 40 },
  );
});

test("a cursor whose time was changed to what is none is refused", async () => {
  const [world] = fc.sample(
    anyWorld.filter(({ findings }) => findings.length > 1),
    1,
  );
  const scoped = enter(await seedWorld(db, world!), null);
  const query = { sort: '[{"finding.firstFoundDate":"asc"}]', pageSize: 1 };
  const { nextCursor } = await listFindings(scoped, query, WORLD_NOW_MS);
  const read = (time: string) => {
    const [digest, , id] = JSON.parse(Buffer.from(nextCursor!, "base64url").toString()) as string[];
    const cursor = Buffer.from(JSON.stringify([digest, time, id])).toString("base64url");
    return listFindings(scoped, { ...query, cursor }, WORLD_NOW_MS).catch(
      (error) => toAppError(error, { id: "" } as never).code,
    );
  };
  expect(await read("2020-01-01 00:00:00.5+00")).toMatchObject({ count: world!.findings.length });
  const wrong = ["abc", "2020-01-01 00:00 Nowhere/Zone", "1:2:3", "2020-13-01 00:00:00+00", "2020-01-01 00:00:00+99"];
  for (const time of wrong) expect(await read(time)).toBe("invalid-parameter");
});

test("assets: pages, cursors, counts and detail agree with the scope", async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, someScope, fc.integer({ min: 1, max: 4 }), async (world, tags, pageSize) => {
      const seeded = await seedWorld(db, world);
      const scoped = enter(seeded, tags);
      const visible = world.assets.map(({ tagIds }) => tags === null || tagIds.some((id) => tags.includes(id)));
      const ids = seeded.assetIds.filter((_, index) => visible[index]).map(String);
      const sort = '[{"asset.riskScore":"desc"}]';
      const [byNumber, byCursor] = await walk<AssetRow>((page) =>
        listAssets(scoped, { ...page, sort, pageSize }, WORLD_NOW_MS),
      );
      expect(byNumber!.map(({ id }) => id).sort()).toEqual(ids.sort());
      expect(byCursor).toEqual(byNumber);
      const risks = byNumber!.map(({ truRiskScore }) => truRiskScore);
      expect(risks).toEqual([...risks].sort((a, b) => b - a));
      expect(await countAssets(scoped, undefined, WORLD_NOW_MS)).toBe(ids.length);
      for (const [index, id] of seeded.assetIds.entries()) {
        const read = getAsset(scoped, String(id));
        if (visible[index]) {
          const { explanation: _why, ...asset } = await read;
          expect(asset).toEqual(byNumber!.find((one) => one.id === String(id)));
        } else await expect(read).rejects.toMatchObject({ code: "not-found" });
      }
    }),
    { numRuns: 20 },
  );
});

test("groups count what a reckoning by hand counts", async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, someScope, async (world, tags) => {
      const seeded = await seedWorld(db, world);
      const expected = expectedFindings(world, seeded, tags);
      const groupings: Record<string, (finding: Expected) => (string | number | null)[]> = {
        severity: ({ severity }) => [severity],
        cve: ({ cveId }) => [cveId],
        product: ({ vendorProductName }) => [vendorProductName],
        tag: ({ asset }) => asset.tags,
        // By the asset itself: several may have one name.
        asset: ({ asset }) => [asset.internalAssetId],
        connection: ({ sources }) => [...new Set(sources.map(({ connection }) => connection as string))],
      };
      for (const [groupBy, toValues] of Object.entries(groupings)) {
        const counts = new Map<string | number | null, { findings: number; assets: Set<string> }>();
        for (const finding of expected) {
          for (const value of toValues(finding)) {
            const group = counts.get(value) ?? { findings: 0, assets: new Set() };
            group.findings++;
            counts.set(value, { ...group, assets: group.assets.add(finding.asset.internalAssetId) });
          }
        }
        const query = { groupBy: groupBy as "severity" };
        const { groups, count } = await countFindingGroups(enter(seeded, tags), query, WORLD_NOW_MS);
        const byValue = new Map(
          groups.map(({ value, assetId, findings, assets }) => [assetId ?? value, [findings, assets]]),
        );
        expect(byValue).toEqual(new Map([...counts].map(([value, one]) => [value, [one.findings, one.assets.size]])));
        expect(count).toBe(counts.size);
      }
    }),
    { numRuns: 20 },
  );
});

test("a finding is explained to who may see it, and is not there for others", async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, someScope, async (world, tags) => {
      const seeded = await seedWorld(db, world);
      const visible = new Map(expectedFindings(world, seeded, tags).map((finding) => [finding.id, finding]));
      for (const id of seeded.findingIds.map(String)) {
        const read = getFinding(enter(seeded, tags), id, WORLD_NOW_MS);
        const expected = visible.get(id);
        if (!expected) {
          await expect(read).rejects.toMatchObject({ code: "not-found" });
          continue;
        }
        const { explanation, riskAcceptance, ...finding } = JSON.parse(await read);
        expect(finding).toEqual(expected);
        const { acceptedUntil = null } = world.findings[seeded.findingIds.map(String).indexOf(id)]!;
        expect(riskAcceptance?.endDate ?? null).toBe((acceptedUntil ?? 0) > WORLD_NOW_MS ? acceptedUntil : null);
        expect(explanation.score.length).toBeGreaterThan(0);
        expect(explanation.identity.issue).toBe(expected.cveId ?? `${expected.vendorProductName} ${expected.vendorId}`);
      }
    }),
    { numRuns: 15 },
  );
});

test("an empty cursor is none", async () => {
  const scoped = scopeTo(db, { subscriptionId: 1, scope: { kind: "all" } });
  const without = await listFindings(scoped, { pageSize: 2 }, WORLD_NOW_MS);
  expect(await listFindings(scoped, { pageSize: 2, cursor: "" }, WORLD_NOW_MS)).toEqual(without);
});

test.each(["x", "W10", "bm90IGpzb24", Buffer.from('["a","1"]').toString("base64url")])(
  "cursor %j is refused",
  async (cursor) => {
    const scoped = scopeTo(db, { subscriptionId: 1, scope: { kind: "all" } });
    await expect(listFindings(scoped, { cursor }, WORLD_NOW_MS)).rejects.toMatchObject({ code: "invalid-parameter" });
  },
);

test("a cursor belongs to its filter and sort", async () => {
  const [world] = fc.sample(
    anyWorld.filter(({ findings }) => findings.length > 3),
    { numRuns: 1, seed: 1 },
  );
  const scoped = enter(await seedWorld(db, world as World), null);
  const { nextCursor: cursor } = await listFindings(scoped, { pageSize: 2 }, WORLD_NOW_MS);
  const other = listFindings(scoped, { cursor: cursor as string, filter: "finding.severity>1" }, WORLD_NOW_MS);
  await expect(other).rejects.toMatchObject({ code: "invalid-parameter" });
});
