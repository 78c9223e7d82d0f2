import { PERMISSIONS } from "@breakwater/contract";
import { detectionScore } from "@breakwater/domain/risk/index";
import type { FeedEvent } from "@breakwater/formats/feeds/index";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import { scopeTo } from "../../db/scoped.ts";
import { getFinding } from "../etm/service.ts";
import { listScoreWalks, walkScores } from "../findings/index.ts";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  readFindings,
  type ScanWorld,
  testCheck,
} from "../findings/scan-world.fixture.ts";
import { changeConnection } from "../ingest/connection-service.ts";
import { kevFeed, loadFeed } from "../knowledge/load-feed.fixture.ts";
import { createTag, updateTag } from "../tags/service.ts";
import { createRiskRuleTask } from "./expiry-task.ts";
import { previewRule } from "./preview.ts";
import { changeRule, createRule, listRules } from "./service.ts";

const DAY = 86_400_000;
const T = Date.UTC(2026, 5, 1, 12);

let world: ScanWorld;
let own: ScanWorld;
let now = T;
beforeAll(async () => {
  world = await openScanWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  now = T;
  own = inSubscription(world, await addSubscription(world.db));
  const checks = [testCheck("c1", { severity: 4 })];
  const assets = [{ asset: { name: "web", ipAddresses: ["10.0.0.9"] }, findings: [{ checkId: "c1" }] }];
  await own.importScan({ connection: "K1", at: T - 5 * DAY, assets }, { checks });
});

const quiet = { enqueue: async () => undefined };
const parts = { clock: () => now, jobs: () => quiet };
const actor = () => {
  const { subscriptionId } = own;
  const caller: Caller = {
    subscriptionId,
    isOperator: true,
    account: { kind: "user", id: 1 },
    username: "manager",
    role: "Manager",
    permissions: new Set(PERMISSIONS),
    scope: { kind: "all" },
  };
  return { caller, address: "" };
};
const db = () => scopeTo(own.db, actor().caller);
const half = { kind: "FACTOR", value: 0.5 } as const;

/** The score after all tasks have run at that time. */
async function score(): Promise<number> {
  const task = createRiskRuleTask(own.db, () => now);
  for (const key of await task.listUnfinished()) await task.run(key, { signal: new AbortController().signal });
  for (const id of await listScoreWalks(own.db.imports)) {
    while (!(await own.db.imports.transaction().execute((tx) => walkScores(tx, id)))) {}
  }
  const { rows } = await sql<{ qds: number }>`
    SELECT qds FROM finding WHERE subscription_id = ${own.subscriptionId} ORDER BY id`.execute(own.db.write);
  return rows[0]!.qds;
}

test("a rule ends on its date, is told to have ended, and can be given another one", async () => {
  const body = { name: "R", reason: "r", assetQql: "asset.name:web", effect: half, endDate: T + DAY };
  const { id } = await createRule(db(), parts, actor(), body);
  expect(await score()).toBe(32);
  now = T + DAY - 1;
  expect([await score(), (await listRules(db(), parts))[0]!.status]).toEqual([32, "ACTIVE"]);
  now = T + DAY;
  expect([await score(), (await listRules(db(), parts))[0]!.status]).toEqual([64, "EXPIRED"]);
  const { rows } = await sql`SELECT FROM audit_event WHERE subscription_id = ${own.subscriptionId}
    AND action = 'etm.risk-rule.expired'`.execute(own.db.write);
  expect(rows).toHaveLength(1);
  await changeRule(db(), parts, actor(), id, { endDate: null });
  expect(await score()).toBe(32);
});

test.each(["finding.firstFoundDate<now-7d", "finding.detectionAge>7"])(
  "%s comes true as days pass",
  async (findingsQql) => {
    await createRule(db(), parts, actor(), { name: "R", reason: "r", findingsQql, effect: half });
    expect(await score()).toBe(64);
    now = T + 2 * DAY;
    expect(await score()).toBe(64);
    now = T + 4 * DAY;
    expect(await score()).toBe(32);
  },
);

test("the name of a connection that a rule asks for may change", async () => {
  await createRule(db(), parts, actor(), {
    name: "R",
    reason: "r",
    findingsQql: "finding.connectionName:K2",
    effect: half,
  });
  expect(await score()).toBe(64);
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM connection WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
  await changeConnection(db(), { jobs: () => quiet }, actor(), { id: rows[0]!.id, change: { name: "K2" } });
  expect(await score()).toBe(32);
});

const halve = (queries: { findingsQql?: string; assetQql?: string }) =>
  createRule(db(), parts, actor(), { name: "R", reason: "r", effect: half, ...queries });
const tell = (connection: string, day: number, check: Parameters<typeof testCheck>[1] = {}) => {
  const assets = [{ asset: { name: "web", ipAddresses: ["10.0.0.9"] }, findings: [{ checkId: "c1" }] }];
  const checks = [testCheck("c1", { severity: 4, ...check })];
  return own.importScan({ connection, at: T + day * DAY, assets }, { checks });
};

test("what changes without a score of its own changing is held against the rules all the same", async () => {
  await halve({ findingsQql: "finding.status:NEW" });
  expect(await score()).toBe(32);
  // The same again: one row for the asset, and the finding is ACTIVE.
  await tell("K1", -4);
  expect(await score()).toBe(64);
});

test("another source that tells of a finding, and nothing new of it, may be what a rule asks for", async () => {
  await halve({ findingsQql: "finding.connectionName:K2" });
  await tell("K1", -4);
  expect(await score()).toBe(64);
  await tell("K2", -5);
  expect(await score()).toBe(32);
});

test("a check that is told in other words is", async () => {
  await halve({ findingsQql: "finding.title:renamed" });
  expect(await score()).toBe(64);
  // By a report on another asset.
  const assets = [{ asset: { name: "db", ipAddresses: ["10.0.0.10"] }, findings: [{ checkId: "c1" }] }];
  const checks = [testCheck("c1", { severity: 4, title: "Renamed" })];
  await own.importScan({ connection: "K1", at: T - 4 * DAY, assets }, { checks });
  expect(await score()).toBe(32);
});

test("the name of a tag is", async () => {
  const tag = await createTag(db(), parts, actor(), { name: "Old", rule: "asset.name:web" });
  await halve({ assetQql: "asset.tag.name:Behind" });
  expect(await score()).toBe(64);
  await updateTag(db(), parts, actor(), tag.id, { name: "Behind" });
  expect(await score()).toBe(32);
});

test("a word of a feed that scores nothing is", async () => {
  const cveIds = ["CVE-2026-7777"];
  await tell("K1", -4, { cveIds });
  await loadFeed(own.db, own.subscriptionId, [kevFeed("2026-05-01", cveIds)]);
  await halve({ findingsQql: "finding.threatIntel.isRansomware:true" });
  const open = () => readFindings(own.db, own.subscriptionId);
  await score();
  expect((await open()).map(({ cveId, qds }) => [cveId, qds])).toContainEqual([cveIds[0], 90]);
  const told = kevFeed("2026-05-02", cveIds).map(
    (event): FeedEvent =>
      event.type === "kev" ? { ...event, entry: { ...event.entry, addedOn: "2026-05-01", isRansomware: true } } : event,
  );
  await loadFeed(own.db, own.subscriptionId, [told]);
  expect((await open()).map(({ cveId, qds }) => [cveId, qds])).toContainEqual([cveIds[0], 45]);
});

test("the explanation adds up to the score, rule by rule in their order", async () => {
  const rule = { reason: "r", assetQql: "asset.name:web" };
  await createRule(db(), parts, actor(), { ...rule, name: "Last", effect: half, priority: 9 });
  await createRule(db(), parts, actor(), {
    ...rule,
    name: "First",
    effect: { kind: "POINTS", value: 60 },
    priority: 1,
  });
  expect(await score()).toBe(62);
  const { rows } = await sql<{ id: string }>`
    SELECT id::text AS id FROM finding WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
  const { qds, explanation } = JSON.parse(await getFinding(db(), rows[0]!.id, now));
  const steps = explanation.score as { factor: string; points: number; detail: string }[];
  expect(steps.map(({ points }) => points)).toEqual([64, 60, -62]);
  expect(steps.map(({ detail }) => detail).slice(1)).toEqual(['rule "First": +60 (r)', 'rule "Last": x 0.5 (r)']);
  expect(qds).toBe(62);
});

test("a mitigated finding scores half, and is never 0", () => {
  const of = (severity: number) => detectionScore({ cvss: [], severity, isProtected: true });
  expect([
    of(5).qds,
    of(4).qds,
    detectionScore({ cvss: [{ version: "3.1", score: 0 }], severity: 1, isProtected: true }).qds,
  ]).toEqual([38, 32, 1]);
  expect(of(5).reasons.at(-1)).toEqual({ factor: "mitigation", points: -38, detail: "mitigated: x 0.5" });
});

test("factors that together would come to nothing are refused, by whatever change", async () => {
  const body = { reason: "r", assetQql: "asset.name:web", effect: { kind: "FACTOR", value: 0.01 } as const };
  for (let n = 0; n < 50; n++) await createRule(db(), parts, actor(), { name: `R${n}`, ...body });
  expect(await score()).toBe(1);
  await createRule(db(), parts, actor(), { ...body, name: "More", effect: { kind: "FACTOR", value: 10 } });
  const refused = { code: "invalid-parameter", message: expect.stringContaining("1e-100") };
  await expect(createRule(db(), parts, actor(), { name: "One too many", ...body })).rejects.toMatchObject(refused);
  await expect(previewRule(db(), parts, body)).rejects.toMatchObject(refused);
  const more = (await listRules(db(), parts)).find(({ name }) => name === "More")!;
  await expect(changeRule(db(), parts, actor(), more.id, { effect: half })).rejects.toMatchObject(refused);
});

test("a preview is refused that has more values to look for than rules may", async () => {
  const assetQql = Array.from({ length: 900 }, (_, n) => `asset.name:n${n}`).join(" or ");
  const body = { reason: "r", assetQql, effect: half };
  expect(await previewRule(db(), parts, body)).toMatchObject({ assets: 0 });
  const fill = async () => {
    for (let n = 0; n < 5; n++) await createRule(db(), parts, actor(), { ...body, name: `R${n}` });
  };
  await expect(fill()).rejects.toMatchObject({ code: "invalid-query" });
  await expect(previewRule(db(), parts, body)).rejects.toMatchObject({ code: "invalid-query" });
});

test("a name that is another's by the database's reckoning is taken", async () => {
  const body = { reason: "r", assetQql: "asset.name:web", effect: half };
  await createRule(db(), parts, actor(), { ...body, name: "\u0391\u03a3" });
  const { id } = await createRule(db(), parts, actor(), { ...body, name: "Other" });
  // JavaScript has another small letter at the end of a word.
  const rename = changeRule(db(), parts, actor(), id, { name: "\u03b1\u03c3" });
  await expect(rename).rejects.toMatchObject({ code: "conflict" });
});
