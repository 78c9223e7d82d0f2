import {
  AppError,
  type adminTagAssets,
  type adminTagCreate,
  type adminTagUpdate,
  type BodyOf,
} from "@breakwater/contract";
import type { Transaction } from "kysely";
import type { Clock } from "../../context.ts";
import { lockTags } from "../../db/lock-tags.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, type AuditEvent, recordChange } from "../audit/index.ts";
import { hasScoreRules, lockScores } from "../findings/index.ts";
import { assertRoomFor, assertVisibleName } from "../users/index.ts";
import { assertRule, retag } from "./rules.ts";
import {
  deleteTag as deleteRow,
  findChild,
  findStranded,
  findTag,
  insertTag,
  isAbove,
  listTags,
  pageAssetIds,
  setTag,
  type TagRow,
  type TagState,
  updateTag as updateRow,
} from "./store.ts";

export type Parts = { clock: Clock };

/** Ids that an error names; more would not help. */
const MAX_NAMED = 10;

/** @throws AppError `not-found` */
export async function readTag(db: ScopedDb, tagId: number): Promise<TagRow> {
  const [row] = await listTags(db, tagId);
  if (!row) throw new AppError("not-found", `there is no tag ${tagId}`);
  return row;
}

/**
 * Makes a tag, gives it to the assets it is for, and brings their criticality and scores up to date, all or nothing.
 *
 * @throws AppError `permission-required`, `invalid-query` (rule), `invalid-parameter` (name, parent, assetIds), `conflict`
 */
export async function createTag(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  body: BodyOf<typeof adminTagCreate>,
): Promise<TagRow> {
  const { name, criticality = null, rule = null, assetIds } = body;
  assertVisibleName(name, "name");
  if (rule !== null) {
    if (assetIds)
      throw new AppError("invalid-parameter", "rule and assetIds exclude each other: a rule finds its assets itself");
    assertRule(db.write, rule, parts.clock());
  }
  return changeTags(db, actor, { action: "admin.tag.create", target: name }, async (tx) => {
    const parentId = body.parent === undefined ? null : await readParent(tx, body.parent);
    await assertRoomFor(tx, "tags");
    if (rule !== null) await assertRoomFor(tx, "tags with a rule");
    const id = await insertTag(tx, { name, parentId, criticality, rule });
    if (id === undefined) throw nameTaken(name);
    if (assetIds) await setTagOf(tx, id, assetIds, true);
    if (rule !== null || assetIds) await retagIn(tx, parts, assetIds ? { assetIds } : {});
    return readTag(tx, id);
  });
}

/**
 * Changes the members given, and with them the assets, all or nothing.
 *
 * @throws AppError `not-found`, `permission-required`, `invalid-query`, `invalid-parameter`, `conflict` (name taken, or a
 *   move that would take a unit's member out of the unit)
 */
export async function updateTag(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  tagId: number,
  body: BodyOf<typeof adminTagUpdate>,
): Promise<TagRow> {
  if (body.name !== undefined) assertVisibleName(body.name, "name");
  if (typeof body.rule === "string") assertRule(db.write, body.rule, parts.clock());
  const detail = { tagId, changed: Object.keys(body).sort().join(" ") };
  return changeTags(db, actor, { action: "admin.tag.update", detail }, async (tx, event) => {
    const before = await readState(tx, tagId);
    event.target = before.name;
    const after: TagState = {
      ...before,
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.rule === undefined ? {} : { rule: body.rule }),
      ...(body.criticality === undefined ? {} : { criticality: body.criticality }),
      ...(body.parent === undefined
        ? {}
        : { parentId: body.parent === null ? null : await readParent(tx, body.parent) }),
    };
    const namesake = await findTag(tx, { name: after.name });
    if (namesake && namesake.id !== tagId) throw nameTaken(after.name);
    if (after.parentId !== null && (await isAbove(tx, tagId, after.parentId)))
      throw new AppError("invalid-parameter", "parent: a tag cannot stand below itself");
    if (before.rule === null && after.rule !== null) await assertRoomFor(tx, "tags with a rule");
    await updateRow(tx, after);
    if (after.parentId !== before.parentId) await assertNobodyStranded(tx);
    if (after.rule !== before.rule && after.rule !== null) await retagIn(tx, parts, {});
    else if (after.criticality !== before.criticality || (await isNameAskedFor(tx, before, after)))
      await retagIn(tx, parts, { tagId });
    return readTag(tx, tagId);
  });
}

/**
 * Deletes a tag and takes it from assets and scopes, all or nothing.
 *
 * @throws AppError `not-found`, `permission-required`, `conflict` (it has children)
 */
export async function deleteTag(db: ScopedDb, parts: Parts, actor: Actor, tagId: number): Promise<void> {
  await changeTags(db, actor, { action: "admin.tag.delete", detail: { tagId } }, async (tx, event) => {
    const tag = await readState(tx, tagId);
    event.target = tag.name;
    const child = await findChild(tx, tagId);
    if (child !== undefined)
      throw new AppError("conflict", `tag ${JSON.stringify(child)} stands below it: move or delete that one first`);
    // Without its rule, which would give it back.
    await updateRow(tx, { ...tag, rule: null });
    for await (const assetIds of pageAssetIds(tx.write, db.subscriptionId, tagId)) {
      await setTag(tx, tagId, assetIds, false);
      await retagIn(tx, parts, { assetIds });
    }
    await deleteRow(tx, tagId);
  });
}

/**
 * Gives a static tag to assets and takes it from others, all or nothing.
 *
 * @throws AppError `not-found`, `permission-required`, `invalid-parameter` (unknown assets; a tag kept by a rule)
 */
export async function changeTagAssets(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  tagId: number,
  { add = [], remove = [] }: BodyOf<typeof adminTagAssets>,
): Promise<TagRow> {
  const removed = new Set(remove);
  const both = add.filter((id) => removed.has(id));
  if (both.length > 0) throw new AppError("invalid-parameter", `add and remove both name ${nameIds(both)}`);
  const detail = { tagId, added: add.length, removed: remove.length };
  return changeTags(db, actor, { action: "admin.tag.assets", detail }, async (tx, event) => {
    const tag = await readState(tx, tagId);
    event.target = tag.name;
    if (tag.rule !== null)
      throw new AppError("invalid-parameter", "the tag is kept by its rule, which finds its assets itself");
    await setTagOf(tx, tagId, add, true);
    await setTagOf(tx, tagId, remove, false);
    await retagIn(tx, parts, { assetIds: [...add, ...remove] });
    return readTag(tx, tagId);
  });
}

type Change = Pick<AuditEvent, "action" | "target" | "detail">;

/**
 * One change of tags: alone in its subscription, in one transaction, and in the audit log. Tags decide who sees what, so
 * whoever has a scope of their own could widen it by any of them: docs/decisions/0017-tags.md.
 */
async function changeTags<T>(
  db: ScopedDb,
  actor: Actor,
  event: Change,
  work: (tx: ScopedDb, event: Change) => Promise<T>,
): Promise<T> {
  if (actor.caller.scope.kind !== "all")
    throw new AppError("permission-required", "a scope over all assets is required to change tags");
  return db.transaction(async (tx) => {
    await lockTags(tx.write, db.subscriptionId, "alone");
    await lockScores(tx.write as Transaction<unknown>, "shared");
    const outcome = await work(tx, event);
    await recordChange(tx.write, actor, event);
    return outcome;
  });
}

/** Risk rules may ask for tags by their names. */
async function isNameAskedFor(db: ScopedDb, before: TagState, after: TagState): Promise<boolean> {
  return after.name !== before.name && (await hasScoreRules(db.write, db.subscriptionId));
}

function retagIn(db: ScopedDb, parts: Parts, which: Parameters<typeof retag>[3]): Promise<void> {
  return retag(db.write as Transaction<unknown>, db.subscriptionId, parts.clock(), which);
}

async function readState(db: ScopedDb, tagId: number): Promise<TagState> {
  const tag = await findTag(db, { id: tagId });
  if (!tag) throw new AppError("not-found", `there is no tag ${tagId}`);
  return tag;
}

async function readParent(db: ScopedDb, name: string): Promise<number> {
  const parent = await findTag(db, { name });
  if (!parent) throw new AppError("invalid-parameter", `parent: there is no tag ${JSON.stringify(name)}`);
  return parent.id;
}

async function setTagOf(db: ScopedDb, tagId: number, assetIds: readonly number[], isGiven: boolean): Promise<void> {
  const known = new Set(await setTag(db, tagId, assetIds, isGiven));
  const unknown = assetIds.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new AppError("invalid-parameter", `there is no asset ${nameIds(unknown)}`);
}

async function assertNobodyStranded(db: ScopedDb): Promise<void> {
  const stranded = await findStranded(db);
  if (!stranded) return;
  const { username, unit } = stranded;
  throw new AppError(
    "conflict",
    `parent: user ${JSON.stringify(username)} would have a tag in scope that business unit ${JSON.stringify(unit)} has not`,
  );
}

function nameTaken(name: string): AppError {
  return new AppError("conflict", `there is a tag ${JSON.stringify(name)} already`);
}

function nameIds(ids: readonly number[]): string {
  return ids.slice(0, MAX_NAMED).join(", ") + (ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : "");
}
