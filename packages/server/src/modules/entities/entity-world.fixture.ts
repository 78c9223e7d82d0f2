import fc from "fast-check";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { totalAssets } from "../findings/index.ts";
import { type Seeded, seedWorld, type World, type WorldFinding } from "../findings-read/seed.fixture.ts";
import { plainWorld } from "../reports/plain-world.fixture.ts";

const DAY = 86_400_000;
export const WORLD_AT = Date.UTC(2026, 5, 15, 10);

/** Tags below each other, assets that carry some of them, findings in every state. */
export type EntityStory = {
  /** By tag: the index of the one above it, always a lower one. */
  parents: (number | null)[];
  /** By asset: indexes of tags. */
  assets: number[][];
  findings: {
    asset: number;
    qds: number;
    severity: number;
    status: string;
    foundDaysAgo: number;
    tookDays: number;
    isAccepted: boolean;
  }[];
};

const TAGS = 5;

export const anyEntityStory: fc.Arbitrary<EntityStory> = fc.record({
  parents: fc
    .array(fc.option(fc.nat(100)), { minLength: TAGS, maxLength: TAGS })
    .map((all) => all.map((one, index) => (one === null || index === 0 ? null : one % index))),
  assets: fc.array(fc.uniqueArray(fc.nat(TAGS - 1), { maxLength: 3 }), { minLength: 1, maxLength: 7 }),
  findings: fc.array(
    fc.record({
      asset: fc.nat(100),
      qds: fc.integer({ min: 1, max: 100 }),
      severity: fc.integer({ min: 1, max: 5 }),
      status: fc.constantFrom("NEW", "ACTIVE", "REOPENED", "FIXED", "PROTECTED", "RETEST"),
      foundDaysAgo: fc.integer({ min: 0, max: 90 }),
      tookDays: fc.integer({ min: 0, max: 60 }),
      isAccepted: fc.boolean(),
    }),
    { maxLength: 25 },
  ),
});

export type EntityWorld = Seeded & { story: EntityStory };

/** Puts the story into a subscription of its own, with its scores made. */
export async function seedEntityWorld(db: Database, story: EntityStory): Promise<EntityWorld> {
  const plain = plainWorld(1);
  const findings = story.findings.map(({ asset, ...one }, index): WorldFinding => {
    const firstFound = WORLD_AT - one.foundDaysAgo * DAY;
    return {
      ...plain.findings[0]!,
      ...one,
      assetId: (asset % story.assets.length) + 1,
      port: index,
      firstFound,
      lastFound: firstFound,
      lastFixed: one.status === "FIXED" ? Math.min(firstFound + one.tookDays * DAY, WORLD_AT) : null,
      acceptedUntil: one.isAccepted ? WORLD_AT + 100 * DAY : null,
      sources: [],
    };
  });
  const world: World = {
    ...plain,
    tags: story.parents.map((_, index) => `Tag ${index}`),
    assets: story.assets.map((tags, index) => ({
      ...plain.assets[0]!,
      name: `asset ${index}`,
      tagIds: tags.map((tag) => tag + 1),
    })),
    findings,
  };
  const seeded = await seedWorld(db, world);
  for (const [index, parent] of story.parents.entries()) {
    if (parent === null) continue;
    await sql`UPDATE tag SET parent_id = ${seeded.tagIds[parent]} WHERE id = ${seeded.tagIds[index]}`.execute(db.write);
  }
  await sql`UPDATE subscription SET created_at = ${new Date(WORLD_AT - 100 * DAY)} WHERE id = ${seeded.subscriptionId}`.execute(
    db.write,
  );
  await db.imports.transaction().execute((tx) => totalAssets(tx, seeded.subscriptionId, seeded.assetIds));
  return { ...seeded, story };
}

/** The tag and all below it, by index. */
export function tagsBelow({ parents }: EntityStory, tag: number): Set<number> {
  const below = new Set([tag]);
  // Those above have lower indexes.
  for (const [index, parent] of parents.entries()) if (parent !== null && below.has(parent)) below.add(index);
  return below;
}

/** Indexes of the assets of a tag; of all of them without one. */
export function assetsOf(story: EntityStory, tag?: number): number[] {
  const all = [...story.assets.keys()];
  if (tag === undefined) return all;
  const below = tagsBelow(story, tag);
  return all.filter((index) => story.assets[index]!.some((one) => below.has(one)));
}

/** The findings of these assets. */
export function findingsOf(story: EntityStory, assets: readonly number[]): EntityStory["findings"] {
  return story.findings.filter(({ asset }) => assets.includes(asset % story.assets.length));
}

/** Stored scores of the assets, by index. */
export async function readRisks(db: Database, { assetIds }: Seeded): Promise<number[]> {
  const { rows } = await sql<{ id: number; risk: number }>`
    SELECT id, risk FROM asset WHERE id = ANY (${assetIds}::bigint[])`.execute(db.write);
  return assetIds.map((id) => rows.find((row) => row.id === id)!.risk);
}

export const isOpen = ({ status }: { status: string }) => status !== "FIXED";

export function toBands(findings: readonly { qds: number; status: string; isAccepted: boolean }[]) {
  const counting = findings.filter((one) => isOpen(one) && !one.isAccepted).map(({ qds }) => qds);
  const between = (from: number, to: number) => counting.filter((qds) => qds >= from && qds < to).length;
  return { CRITICAL: between(90, 101), HIGH: between(70, 90), MEDIUM: between(40, 70), LOW: between(1, 40) };
}
