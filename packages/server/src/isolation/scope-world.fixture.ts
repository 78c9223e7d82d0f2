import { randomUUID } from "node:crypto";
import { PERMISSIONS, SHIPPED_ROLES } from "@breakwater/contract";
import { MANAGER, type TestInstallation } from "@breakwater/testkit/installation";
import { logIn } from "@breakwater/testkit/tenant";
import { sql } from "kysely";
import { expect } from "vitest";
import type { Database } from "../db/pool.ts";
import { seedWorld, type World } from "../modules/findings-read/seed.fixture.ts";
import { type SeededHost, seedHosts } from "../modules/ot/hosts.fixture.ts";
import { type Act, type Model, type ModelAsset, type ModelFinding, RULES, type Viewer } from "./scope-model.fixture.ts";

/** An answer: its status, its body when that is JSON, and the `count` header. */
export type Reply = { status: number; body: unknown; text: string; bytes: Buffer; count: number | null };

export type ScopeWorld = { model: Model; viewers: Viewer[]; perform(act: Act): Promise<void> };

const PASSWORD = "a-long-pass-phrase-1";
const HOST_TAGS = ["north", "East", "line 4"];
let made = 0;

export async function ask(url: string, token: string, method: string, path: string, json?: object): Promise<Reply> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(json ? { "content-type": "application/json" } : {}) },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString("utf8");
  const isJson = /^application\/json(;|$)/.test(response.headers.get("content-type") ?? "");
  const count = response.headers.get("count");
  return {
    status: response.status,
    body: isJson ? JSON.parse(text) : undefined,
    text,
    bytes,
    count: count === null ? null : Number(count),
  };
}

/**
 * A subscription of its own with these assets, findings and hosts; its Manager, one with a scope of tags, a Unit Manager
 * and a client.
 *
 * @param passes lets more than a second go by
 */
export async function startScopeWorld(
  installation: TestInstallation,
  story: { world: World; hosts: SeededHost[]; clientTags: readonly number[] },
  passes: () => void,
): Promise<ScopeWorld> {
  const { url } = installation;
  const n = ++made;
  const login = { username: `boss_${n}`, password: PASSWORD };
  const operator = await logIn(url, MANAGER);
  const create = async (token: string, kind: string, json: object) => {
    const { status, body, text } = await ask(url, token, "POST", `/admin/1.0/${kind}/create`, json);
    if (status !== 201) throw new Error(`${kind}/create answered ${status}: ${text}`);
    return body as { id: number } & Record<string, string>;
  };
  const names = { name: `Scope ${n}`, managerUsername: login.username, managerPassword: PASSWORD };
  const { id: subscriptionId } = await create(operator, "subscription", names);
  const limits = { subscriptionId, rate: { calls: 1_000_000, windowSec: 3600 }, concurrency: 1000 };
  expect((await ask(url, operator, "PUT", "/admin/1.0/limit/set", limits)).status).toBe(200);
  passes();
  const boss = await logIn(url, login);
  const model = await seedModel(installation, subscriptionId, story, login.username);
  const tagNames = pick([...model.tags.values()], story.clientTags).map(({ name }) => name);
  const scoped = await create(boss, "user", {
    username: `scoped_${n}`,
    password: PASSWORD,
    role: "Manager",
    scopeTags: [],
  });
  const unit = await create(boss, "unit", { name: "Unit" });
  await create(boss, "user", {
    username: `member_${n}`,
    password: PASSWORD,
    role: "Unit Manager",
    businessUnit: "Unit",
  });
  const client = await create(boss, "client", {
    name: "Client",
    kind: "subscription",
    modules: ["ETM", "OT", "INGEST", "ADMIN"],
    scopeTags: tagNames,
  });
  const clientTags = [...model.tags.values()].filter(({ name }) => tagNames.includes(name)).map(({ id }) => id);
  const everything: ReadonlySet<string> = new Set(PERMISSIONS);
  const ofUnit = SHIPPED_ROLES.find(({ name }) => name === "Unit Manager")!.permissions;
  const tokenOf = (username: string) => logIn(url, { username, password: PASSWORD });
  const viewers: Viewer[] = [
    { name: login.username, token: boss, scope: null, permissions: everything },
    { name: `scoped_${n}`, token: await tokenOf(`scoped_${n}`), scope: new Set(), permissions: everything },
    { name: `member_${n}`, token: await tokenOf(`member_${n}`), scope: new Set(), permissions: new Set(ofUnit) },
    {
      name: "client:Client",
      token: await tokenOfClient(url, client),
      scope: new Set(clientTags),
      permissions: everything,
    },
  ];
  const change = (method: string, path: string, json?: object) => ask(url, boss, method, `/admin/1.0/${path}`, json);
  const perform = async (act: Act) => {
    await performAct({ model, viewers, change, ids: { scoped: scoped.id, unit: unit.id } }, act);
    passes();
  };
  return { model, viewers, perform };
}

async function tokenOfClient(url: string, { clientId, clientSecret }: Record<string, string>): Promise<string> {
  const headers = { clientId: clientId as string, clientSecret: clientSecret as string };
  return (await fetch(`${url}/auth/oauth`, { method: "POST", headers })).text();
}

async function seedModel(
  { db }: TestInstallation,
  subscriptionId: number,
  { world, hosts }: { world: World; hosts: SeededHost[] },
  manager: string,
): Promise<Model> {
  const seeded = await seedWorld(db, world, subscriptionId);
  const seededHosts = await seedHosts(db, subscriptionId, hosts);
  const detectionIds = await seedDetections(db, subscriptionId, seededHosts.ids);
  const assets = world.assets.map(
    ({ name, tagIds, ipAddresses }, n): ModelAsset => ({
      id: seeded.assetIds[n]!,
      isOt: false,
      detectionId: null,
      name,
      tags: new Set(tagIds.map((tag) => seeded.tagIds[tag - 1]!)),
      addresses: ipAddresses,
      ports: [],
    }),
  );
  const otHosts = hosts.map(
    ({ name, tags, interfaces }, n): ModelAsset => ({
      id: seededHosts.ids[n]!,
      isOt: true,
      detectionId: detectionIds[n]!,
      name,
      tags: new Set(tags.map((tag) => seededHosts.tagIds[tag]!)),
      addresses: interfaces.map(({ address }) => address!),
      ports: interfaces.map(({ port }) => port!),
    }),
  );
  const findings = world.findings.map(
    ({ assetId, severity, status, port }, n): ModelFinding => ({
      id: String(seeded.findingIds[n]),
      asset: assets[assetId - 1]!,
      severity,
      status,
      port,
    }),
  );
  const tags = [...seeded.tagIds, ...seededHosts.tagIds].map((id, n) => {
    return { id, name: [...world.tags, ...HOST_TAGS][n]!, parent: null, rule: null };
  });
  const imports = [manager, manager, manager.replace("boss", "scoped"), "client:Client"].map((createdBy) => {
    return { id: randomUUID(), createdBy };
  });
  for (const { id, createdBy } of imports) {
    await sql`INSERT INTO import_job (subscription_id, id, status, file_bytes, file_sha256, created_by)
      VALUES (${subscriptionId}, ${id}, 'COMPLETED', 1, '', ${createdBy})`.execute(db.write);
  }
  const all = [...assets, ...otHosts];
  return {
    subscriptionId,
    assets: all,
    findings,
    tags: new Map(tags.map((tag) => [tag.id, tag])),
    reports: [],
    imports,
  };
}

/** The things that numbers of a story stand for, each once. */
function pick<T>(things: readonly T[], numbers: readonly number[]): T[] {
  if (things.length === 0) return [];
  return [...new Set(numbers.map((number) => things[number % things.length]!))];
}

type Stage = {
  model: Model;
  viewers: readonly Viewer[];
  change: (method: string, path: string, json?: object) => Promise<Reply>;
  ids: { scoped: number; unit: number };
};

/** Does it over HTTP and, when the server agreed, to the model. What the server may refuse is said per act. */
async function performAct(stage: Stage, act: Act): Promise<void> {
  const { model, viewers, change, ids } = stage;
  const tags = [...model.tags.values()];
  const [, scoped, member] = viewers as [Viewer, Viewer, Viewer];
  if (act.kind === "scope" || act.kind === "unit" || act.kind === "everything") {
    const chosen = act.kind === "everything" ? [] : pick(tags, act.tags);
    const scopeTags = chosen.map(({ name }) => name);
    const path = act.kind === "unit" ? `unit/${ids.unit}` : `user/${ids.scoped}`;
    const { status, text } = await change(
      "PUT",
      path,
      act.kind === "everything" ? { hasFullScope: true } : { scopeTags },
    );
    expect([status, text]).toEqual([200, text]);
    const who = act.kind === "unit" ? member : scoped;
    who.scope = act.kind === "everything" ? null : new Set(chosen.map(({ id }) => id));
    return;
  }
  const [tag] = pick(tags, [act.tag]);
  if (tag) await performOnTag(stage, act, tag);
}

type TagAct = Extract<Act, { tag: number }>;
type Tag = Model["tags"] extends Map<number, infer T> ? T : never;

async function performOnTag({ model, viewers, change }: Stage, act: TagAct, tag: Tag): Promise<void> {
  const path = `tag/${tag.id}`;
  if (act.kind === "parent") {
    const [parent] = act.parent === null ? [] : pick([...model.tags.values()], [act.parent]);
    const { status } = await change("PUT", path, { parent: parent?.name ?? null });
    // A tag does not stand below itself.
    expect([200, 400]).toContain(status);
    if (status === 200) tag.parent = parent?.id ?? null;
    else expect(isBelow(model, parent!.id, tag.id)).toBe(true);
  } else if (act.kind === "assets") {
    const add = pick(model.assets, act.add);
    const remove = pick(model.assets, act.remove).filter((asset) => !add.includes(asset));
    const json = { add: add.map(({ id }) => id), remove: remove.map(({ id }) => id) };
    const { status } = await change("POST", `${path}/assets`, json);
    expect(status).toBe(tag.rule ? 400 : 200);
    if (tag.rule) return;
    for (const asset of add) asset.tags.add(tag.id);
    for (const asset of remove) asset.tags.delete(tag.id);
  } else if (act.kind === "rule") {
    const rule = act.rule === null ? null : RULES[act.rule % RULES.length]!;
    const { status, text } = await change("PUT", path, { rule: rule?.text ?? null });
    expect([status, text]).toEqual([200, text]);
    tag.rule = rule;
    for (const asset of rule ? model.assets : []) {
      if (rule?.holds(asset)) asset.tags.add(tag.id);
      else asset.tags.delete(tag.id);
    }
  } else {
    const { status } = await change("DELETE", path);
    expect(status).toBe([...model.tags.values()].some(({ parent }) => parent === tag.id) ? 409 : 204);
    if (status !== 204) return;
    model.tags.delete(tag.id);
    for (const asset of model.assets) asset.tags.delete(tag.id);
    for (const viewer of viewers) {
      if (viewer.scope) viewer.scope = new Set([...viewer.scope].filter((id) => id !== tag.id));
    }
  }
}

/** Whether a tag is another, or stands below it. */
function isBelow(model: Model, tagId: number, aboveId: number): boolean {
  for (let at: number | null = tagId; at !== null; at = model.tags.get(at)?.parent ?? null)
    if (at === aboveId) return true;
  return false;
}

/** One advisory that every host is in. @returns the detections' ids, in the order of the hosts */
async function seedDetections(db: Database, subscriptionId: number, assetIds: readonly number[]): Promise<string[]> {
  await sql`INSERT INTO ot_advisory (subscription_id, id, qid, title, publisher, version, is_final, released_at,
      updated_at, impact, digest, vulnerabilities, cve_ids, imported_at)
    VALUES (${subscriptionId}, 'EX-1', 9000000, 'Example', 'Example CERT', '1', true, now(), now(), '', '', '[]', '{}', now())`.execute(
    db.write,
  );
  const { rows: texts } = await sql<{ digest: string }>`
    INSERT INTO ot_detection_text (subscription_id, digest, threat, solution)
    VALUES (${subscriptionId}, gen_random_uuid(), '', '') RETURNING digest`.execute(db.write);
  const { rows } = await sql<{ uuid: string }>`
    INSERT INTO ot_detection (subscription_id, asset_id, advisory_id, is_confirmed, status, severity, cve_ids,
      fingerprints, digest, evidence, first_detected, last_detected)
    SELECT ${subscriptionId}, id, 'EX-1', true, 'NEW', 4, '{}', '{}', ${texts[0]!.digest}::uuid, '[]', now(), now()
    FROM unnest(${[...assetIds]}::bigint[]) WITH ORDINALITY AS x(id, n) ORDER BY n RETURNING uuid`.execute(db.write);
  return rows.map(({ uuid }) => uuid);
}
