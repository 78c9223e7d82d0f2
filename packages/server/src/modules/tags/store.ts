import { type RawBuilder, sql } from "kysely";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";

/** Either a request's handle or the transaction of a job. */
type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

export type TagRow = {
  id: number;
  name: string;
  parent: string | null;
  criticality: number | null;
  rule: string | null;
  asset_count: number;
  created_at: Date;
};

export type NewTag = { name: string; parentId: number | null; criticality: number | null; rule: string | null };

/** Tags of the subscription by name, with how many assets of the caller's scope carry them; `id` narrows to one. */
export async function listTags(db: ScopedDb, id?: number): Promise<TagRow[]> {
  const { rows } = await sql<TagRow>`
    WITH carried AS (
      SELECT tag_id, count(*)::integer AS assets FROM asset a, unnest(a.tag_ids) AS tag_id
      WHERE a.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql.ref("a.tag_ids"))} GROUP BY tag_id
    )
    SELECT t.id, t.name, p.name AS parent, t.criticality, t.rule, coalesce(c.assets, 0) AS asset_count, t.created_at
    FROM tag t
    LEFT JOIN tag p ON p.subscription_id = t.subscription_id AND p.id = t.parent_id
    LEFT JOIN carried c ON c.tag_id = t.id
    WHERE t.subscription_id = ${db.subscriptionId} AND (${id ?? null}::integer IS NULL OR t.id = ${id ?? null})
    ORDER BY lower(t.name), t.id`.execute(db.write);
  return rows;
}

/** The tag as it is; its name and rule, and its parent's id. */
export type TagState = {
  id: number;
  name: string;
  parentId: number | null;
  criticality: number | null;
  rule: string | null;
};

export async function findTag(db: ScopedDb, key: { id: number } | { name: string }): Promise<TagState | undefined> {
  const isMeant = "id" in key ? sql`id = ${key.id}` : sql`lower(name) = lower(${key.name})`;
  const { rows } = await sql<TagState>`
    SELECT id, name, parent_id AS "parentId", criticality, rule FROM tag
    WHERE subscription_id = ${db.subscriptionId} AND ${isMeant}`.execute(db.write);
  return rows[0];
}

/** The new tag's id; undefined when the name is taken. */
export async function insertTag(db: ScopedDb, tag: NewTag): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO tag (subscription_id, name, parent_id, criticality, rule)
    VALUES (${db.subscriptionId}, ${tag.name}, ${tag.parentId}, ${tag.criticality}, ${tag.rule})
    ON CONFLICT (subscription_id, lower(name)) DO NOTHING RETURNING id`.execute(db.write);
  return rows[0]?.id;
}

/** The tag of that name, made as a static one when there is none. Under the lock of the subscription's tags, shared. */
export async function ensureTag(
  tx: Runner,
  subscriptionId: number,
  name: string,
): Promise<{ id: number; rule: string | null }> {
  await sql`INSERT INTO tag (subscription_id, name) VALUES (${subscriptionId}, ${name})
    ON CONFLICT (subscription_id, lower(name)) DO NOTHING`.execute(tx);
  const { rows } = await sql<{ id: number; rule: string | null }>`
    SELECT id, rule FROM tag WHERE subscription_id = ${subscriptionId} AND lower(name) = lower(${name})`.execute(tx);
  return rows[0]!;
}

/** Gives a tag to assets and takes it from others. @returns the ids of those that changed */
export async function moveTag(
  tx: Runner,
  subscriptionId: number,
  tagId: number,
  { give, take }: { give: readonly number[]; take: readonly number[] },
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    UPDATE asset a SET tag_ids = CASE WHEN w.has THEN array_remove(a.tag_ids, ${tagId}::integer)
                                      ELSE array_append(a.tag_ids, ${tagId}::integer) END
    FROM (
      SELECT b.id, b.tag_ids @> ARRAY[${tagId}::integer] AS has FROM asset b
      WHERE b.subscription_id = ${subscriptionId} AND (
        (b.id = ANY (${give}::bigint[]) AND NOT b.tag_ids @> ARRAY[${tagId}::integer])
        OR (b.id = ANY (${take}::bigint[]) AND b.tag_ids @> ARRAY[${tagId}::integer]))
      ORDER BY b.id FOR NO KEY UPDATE OF b
    ) w
    WHERE a.subscription_id = ${subscriptionId} AND a.id = w.id
    RETURNING a.id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Under the lock of the subscription's tags, by who knows that the name is free. */
export async function updateTag(db: ScopedDb, tag: TagState): Promise<void> {
  await sql`
    UPDATE tag SET name = ${tag.name}, parent_id = ${tag.parentId}, criticality = ${tag.criticality}, rule = ${tag.rule}
    WHERE subscription_id = ${db.subscriptionId} AND id = ${tag.id}`.execute(db.write);
}

/** Deletes the tag, and takes it out of the scopes of users, units and clients; assets are the caller's business. */
export async function deleteTag(db: ScopedDb, tagId: number): Promise<void> {
  for (const table of ["app_user", "business_unit", "api_client"]) {
    await sql`
      UPDATE ${sql.table(table)} SET scope_tag_ids = array_remove(scope_tag_ids, ${tagId})
      WHERE subscription_id = ${db.subscriptionId} AND ${tagId} = ANY (scope_tag_ids)`.execute(db.write);
  }
  await sql`DELETE FROM tag WHERE subscription_id = ${db.subscriptionId} AND id = ${tagId}`.execute(db.write);
}

export async function findChild(db: ScopedDb, tagId: number): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM tag WHERE subscription_id = ${db.subscriptionId} AND parent_id = ${tagId} ORDER BY id LIMIT 1`.execute(
    db.write,
  );
  return rows[0]?.name;
}

/** Whether `tagId` is `otherId` or stands above it. */
export async function isAbove(db: ScopedDb, tagId: number, otherId: number): Promise<boolean> {
  const { rows } = await sql`
    WITH RECURSIVE up AS (
      SELECT id, parent_id FROM tag WHERE subscription_id = ${db.subscriptionId} AND id = ${otherId}
      UNION
      SELECT t.id, t.parent_id FROM up JOIN tag t ON t.subscription_id = ${db.subscriptionId} AND t.id = up.parent_id
    ) SELECT FROM up WHERE id = ${tagId}`.execute(db.write);
  return rows.length > 0;
}

/** A member of a business unit with a scope tag that is neither one of the unit's nor below one. Tags that are gone show nothing. */
export async function findStranded(db: ScopedDb): Promise<{ username: string; unit: string } | undefined> {
  const { rows } = await sql<{ username: string; unit: string }>`
    WITH RECURSIVE within AS (
      SELECT b.id AS unit_id, tag_id FROM business_unit b, unnest(b.scope_tag_ids) AS tag_id
      WHERE b.subscription_id = ${db.subscriptionId}
      UNION
      SELECT w.unit_id, t.id FROM within w
      JOIN tag t ON t.subscription_id = ${db.subscriptionId} AND t.parent_id = w.tag_id
    )
    SELECT u.username, b.name AS unit FROM app_user u
    JOIN business_unit b ON b.subscription_id = u.subscription_id AND b.id = u.business_unit_id
    WHERE u.subscription_id = ${db.subscriptionId}
      AND EXISTS (SELECT FROM tag t WHERE t.subscription_id = u.subscription_id AND t.id = ANY (u.scope_tag_ids)
                    AND NOT EXISTS (SELECT FROM within w WHERE w.unit_id = b.id AND w.tag_id = t.id))
    ORDER BY u.id LIMIT 1`.execute(db.write);
  return rows[0];
}

/** Gives a static tag to assets of the caller's scope, or takes it. @returns the ids that there are, in their order */
export async function setTag(
  db: ScopedDb,
  tagId: number,
  assetIds: readonly number[],
  isGiven: boolean,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT a.id FROM asset a
    WHERE a.subscription_id = ${db.subscriptionId} AND a.id = ANY (${assetIds}::bigint[])
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}
    ORDER BY a.id FOR NO KEY UPDATE`.execute(db.write);
  const ids = rows.map((row) => row.id);
  const tags = isGiven
    ? sql`array_append(array_remove(tag_ids, ${tagId}), ${tagId})`
    : sql`array_remove(tag_ids, ${tagId})`;
  await sql`
    UPDATE asset SET tag_ids = ${tags} WHERE subscription_id = ${db.subscriptionId} AND id = ANY (${ids}::bigint[])`.execute(
    db.write,
  );
  return ids;
}

/** Assets whose tags are looked at by one statement. */
const PAGE_ROWS = 5_000;

/** Ids of the subscription's assets in pages; `tagId` narrows to those that carry the tag. */
export async function* pageAssetIds(tx: Runner, subscriptionId: number, tagId?: number): AsyncGenerator<number[]> {
  const carries = tagId === undefined ? sql`TRUE` : sql`tag_ids @> ARRAY[${tagId}::integer]`;
  let last = 0;
  for (;;) {
    const { rows } = await sql<{ id: number }>`
      SELECT id FROM asset WHERE subscription_id = ${subscriptionId} AND id > ${last} AND ${carries}
      ORDER BY id LIMIT ${PAGE_ROWS}`.execute(tx);
    if (rows.length > 0) yield rows.map(({ id }) => id);
    if (rows.length < PAGE_ROWS) return;
    last = rows.at(-1)!.id;
  }
}

export async function listTagRules(tx: Runner, subscriptionId: number): Promise<{ id: number; rule: string }[]> {
  const { rows } = await sql<{ id: number; rule: string }>`
    SELECT id, rule FROM tag WHERE subscription_id = ${subscriptionId} AND rule IS NOT NULL ORDER BY id`.execute(tx);
  return rows;
}

/** A rule as a condition on the asset row `a`. */
export type CompiledRule = { tagId: number; matches: RawBuilder<unknown> };

/** Parameters that the rules of one statement may have: PostgreSQL takes 65,535 in all. */
export const MAX_RULE_PARAMETERS = 30_000;

type AssetTags = { id: number; tag_ids: number[]; criticality: number };

/**
 * Brings rule-based tags and the criticality that follows from all tags up to date.
 *
 * Read first, then written by key: as one UPDATE that joins the table with itself it ran for minutes whenever the
 * planner's statistics were older than the assets.
 *
 * @param assetIds the assets to look at
 * @returns ids of the assets that changed
 */
export async function writeTags(
  tx: Runner,
  subscriptionId: number,
  rules: readonly CompiledRule[],
  assetIds: readonly number[],
): Promise<number[]> {
  const stale = await readStaleTags(tx, subscriptionId, rules, assetIds);
  if (stale.length === 0) return [];
  await sql`
    UPDATE asset a SET tag_ids = n.tag_ids, criticality = n.criticality
    FROM jsonb_to_recordset(${JSON.stringify(stale)}::jsonb) AS n(id bigint, tag_ids integer[], criticality smallint)
    WHERE a.subscription_id = ${subscriptionId} AND a.id = n.id`.execute(tx);
  return stale.map(({ id }) => id);
}

/** The assets whose stored tags or criticality are not what they should be, locked in the order of their ids. */
async function readStaleTags(
  tx: Runner,
  subscriptionId: number,
  rules: readonly CompiledRule[],
  assetIds: readonly number[],
): Promise<AssetTags[]> {
  const ruled = rules.map((rule) => rule.tagId);
  const among = sql`a.subscription_id = ${subscriptionId} AND a.id = ANY (${assetIds}::bigint[])`;
  const groups = groupByParameters(tx, rules);
  const earned = groups.length > 1 ? await readEarnedTags(tx, among, groups) : undefined;
  const { rows } = await sql<AssetTags>`
    SELECT a.id, t.tag_ids, c.criticality
    FROM asset a
    ${earned ? sql`LEFT JOIN jsonb_to_recordset(${earned}::jsonb) AS e(id bigint, tag_ids integer[]) ON e.id = a.id` : sql``}
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(DISTINCT tag_id ORDER BY tag_id), '{}') AS tag_ids
      FROM unnest(array_cat(
        (SELECT array_agg(kept) FROM unnest(a.tag_ids) AS kept WHERE kept <> ALL (${ruled}::integer[])),
        ${earned ? sql`e.tag_ids` : toTagIds(rules)})) AS tag_id
    ) t
    CROSS JOIN LATERAL (
      SELECT coalesce((SELECT max(g.criticality) FROM tag g
                       WHERE g.subscription_id = ${subscriptionId} AND g.id = ANY (t.tag_ids)), a.default_criticality) AS criticality
    ) c
    WHERE ${among} AND (a.tag_ids, a.criticality) IS DISTINCT FROM (t.tag_ids, c.criticality)
    ORDER BY a.id FOR NO KEY UPDATE OF a`.execute(tx);
  return rows;
}

/**
 * What the rules give to each asset, as JSON for the statement that compares: of rules that are too large for one
 * statement together. All assets are locked first, so that every statement sees them alike; all rules are read before
 * anything is written, since rules may ask for tags and criticality.
 */
async function readEarnedTags(
  tx: Runner,
  among: RawBuilder<unknown>,
  groups: readonly (readonly CompiledRule[])[],
): Promise<string> {
  await sql`SELECT FROM asset a WHERE ${among} ORDER BY a.id FOR NO KEY UPDATE OF a`.execute(tx);
  const earned = new Map<number, number[]>();
  for (const rules of groups) {
    const { rows } = await sql<{ id: number; tag_ids: number[] }>`
      SELECT a.id, t.tag_ids FROM asset a CROSS JOIN LATERAL (SELECT ${toTagIds(rules)} AS tag_ids) t
      WHERE ${among} AND cardinality(t.tag_ids) > 0`.execute(tx);
    for (const { id, tag_ids } of rows) earned.set(id, [...(earned.get(id) ?? []), ...tag_ids]);
  }
  return JSON.stringify([...earned].map(([id, tag_ids]) => ({ id, tag_ids })));
}

/** The tags that the rules give to the asset row `a`, as an array. */
function toTagIds(rules: readonly CompiledRule[]): RawBuilder<unknown> {
  if (rules.length === 0) return sql`'{}'::integer[]`;
  const each = rules.map((rule) => sql`CASE WHEN ${rule.matches} THEN ARRAY[${rule.tagId}::integer] ELSE '{}' END`);
  return sql.join(each, sql` || `);
}

/** The rules in their order, in groups that fit into a statement. */
function groupByParameters(tx: Runner, rules: readonly CompiledRule[]): CompiledRule[][] {
  const groups: CompiledRule[][] = [];
  let room = 0;
  for (const rule of rules) {
    const parameters = countParameters(tx, rule.matches) + 1;
    const group = groups.at(-1);
    if (group && parameters <= room) group.push(rule);
    else {
      groups.push([rule]);
      room = MAX_RULE_PARAMETERS;
    }
    room -= parameters;
  }
  return groups;
}

/** How many values of a statement the condition takes. */
export function countParameters(tx: Runner, condition: RawBuilder<unknown>): number {
  return condition.compile(tx).parameters.length;
}
