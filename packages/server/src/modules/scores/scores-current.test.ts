import { PERMISSIONS } from "@breakwater/contract";
import {
  assetRisk,
  type BandTotals,
  bestCvss,
  DEFAULT_RISK_WEIGHTS,
  type DetectionInput,
  detectionScore,
  qdsBand,
  type RiskWeights,
} from "@breakwater/domain/risk/index";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import { scopeTo } from "../../db/scoped.ts";
import { expireNext } from "../acceptances/expiry-task.ts";
import { acceptRisk, revokeAcceptance } from "../acceptances/service.ts";
import { detectionScoreSql, listScoreWalks, lockScores, rescoreAssets } from "../findings/index.ts";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  type ScanWorld,
  testCheck,
} from "../findings/scan-world.fixture.ts";
import { cveFeed, epssFeed, kevFeed, loadFeed } from "../knowledge/load-feed.fixture.ts";
import { settleRules } from "../risk-rules/expiry-task.ts";
import { changeRule, createRule, deleteRule, listRules } from "../risk-rules/service.ts";
import { changeTagAssets, createTag, updateTag } from "../tags/service.ts";
import { changeSettings } from "./service.ts";
import { createWalkTask, toWalkKey } from "./walk-task.ts";

const DAY = 86_400_000;
const T = Date.UTC(2026, 0, 1);
const CVES = ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"];

const VERSIONS = ["2.0", "3.0", "3.1", "4.0"] as const;
const version = fc.constantFrom(...VERSIONS);

let world: ScanWorld;
let tagId: number;
let staticTagId: number;
beforeAll(async () => {
  world = await openScanWorld();
});
afterAll(() => world.close());

const callerOf = (subscriptionId: number): Caller => ({
  subscriptionId,
  isOperator: true,
  account: { kind: "user", id: 1 },
  username: "manager",
  role: "Manager",
  permissions: new Set(PERMISSIONS),
  scope: { kind: "all" },
});

/** Each case has a subscription of its own; knowledge is of all, and starts from nothing. */
beforeEach(async () => {
  await sql`TRUNCATE cve_knowledge, knowledge_feed, score_walk`.execute(world.db.write);
});

type Version = (typeof VERSIONS)[number];
type Step =
  | {
      kind: "import";
      connection: number;
      hosts: number[];
      at: number;
      severity: number;
      score: number | null;
      version: Version;
      exploit: boolean;
      checks: number[];
    }
  | { kind: "kev"; day: number; cves: string[]; isWhole: boolean; deaths: boolean }
  | { kind: "epss"; day: number; scores: Record<string, number>; deaths: boolean }
  | {
      kind: "cve";
      day: number;
      cve: string;
      exploitation: "none" | "poc" | "active" | null;
      score: number | null;
      version: Version;
    }
  | { kind: "tag"; criticality: number }
  | { kind: "accept"; finding: number; days: number | null }
  | { kind: "revoke"; finding: number }
  | { kind: "weights"; low: number }
  | ({ kind: "rule"; slot: number; days: number | null } & RuleChoice)
  | { kind: "unrule"; slot: number }
  | { kind: "rename"; name: string }
  | { kind: "assign"; asset: number; isGiven: boolean }
  | { kind: "protect"; finding: number };

/** What a rule asks for, and the same by the oracle. */
type Meaning<T> = { qql: string; holds: (row: T) => boolean };
const ASKED_OF_FINDINGS: readonly Meaning<FindingRow>[] = [
  { qql: "", holds: () => true },
  // As the finding shows it: its check may have been told with another since, on other hosts, and scores by that.
  { qql: "finding.severity>=4", holds: ({ shownSeverity }) => shownSeverity >= 4 },
  { qql: "finding.status:NEW", holds: ({ status }) => status === "NEW" },
  { qql: "not finding.status:PROTECTED", holds: ({ status }) => status !== "PROTECTED" },
  { qql: "finding.connectionName:K2", holds: ({ connections }) => connections.includes("K2") },
  { qql: "finding.title:seen1", holds: ({ title }) => title.includes("seen1") },
  { qql: "finding.epssScore>0.05", holds: ({ epss }) => (epss ?? 0) > 0.05 },
  {
    qql: "finding.riskFactor.isCisaKnownExploit:false",
    holds: ({ cveId, isKevWhole, isKnownExploited }) => cveId !== null && isKevWhole && !isKnownExploited,
  },
];
const ASKED_OF_ASSETS: readonly Meaning<AssetRow>[] = [
  { qql: "asset.name:*", holds: () => true },
  { qql: "asset.tag.name:Tagged", holds: ({ tags }) => tags.includes("Tagged") },
  { qql: "asset.tag.name:Hand", holds: ({ tags }) => tags.includes("Hand") },
  { qql: "asset.criticalityScore>=4", holds: ({ criticality }) => criticality >= 4 },
  { qql: "asset.interface.address:[10.9.0.1 .. 10.9.0.3]", holds: ({ name }) => /h[123]$/.test(name) },
];
const EFFECTS = [
  { kind: "FACTOR", value: 0.5 },
  { kind: "FACTOR", value: 1.3 },
  { kind: "POINTS", value: 15 },
  { kind: "POINTS", value: -40 },
  { kind: "INTERNET_FACING" },
] as const;
type RuleChoice = {
  asked: number;
  ofAssets: number;
  effect: (typeof EFFECTS)[number];
  priority: number;
  enabled: boolean;
};

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("import" as const),
      connection: fc.integer({ min: 1, max: 2 }),
      hosts: fc.subarray([1, 2, 3, 4, 5, 6], { minLength: 1 }),
      at: fc.integer({ min: 0, max: 9 }),
      severity: fc.integer({ min: 1, max: 5 }),
      score: fc.constantFrom(null, 5, 9.8),
      version,
      exploit: fc.boolean(),
      checks: fc.subarray([0, 1, 2, 3]),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("kev" as const),
      isWhole: fc.boolean(),
      day: fc.integer({ min: 10, max: 20 }),
      cves: fc.subarray(CVES),
      deaths: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("epss" as const),
      day: fc.integer({ min: 10, max: 20 }),
      scores: fc.dictionary(fc.constantFrom(...CVES), fc.constantFrom(0, 0.1, 0.97)),
      deaths: fc.boolean(),
    }),
  },
  fc.record({
    kind: fc.constant("cve" as const),
    day: fc.integer({ min: 10, max: 20 }),
    cve: fc.constantFrom(...CVES),
    exploitation: fc.constantFrom(null, "none" as const, "poc" as const, "active" as const),
    score: fc.constantFrom(null, 3, 10),
    version,
  }),
  fc.record({ kind: fc.constant("tag" as const), criticality: fc.integer({ min: 1, max: 5 }) }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("accept" as const),
      finding: fc.nat(20),
      days: fc.constantFrom(null, 1, 100),
    }),
  },
  fc.record({ kind: fc.constant("revoke" as const), finding: fc.nat(20) }),
  fc.record({ kind: fc.constant("weights" as const), low: fc.constantFrom(0.2, 0.9) }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("rule" as const),
      slot: fc.nat(2),
      days: fc.constantFrom(null, 1, 100),
      asked: fc.nat(ASKED_OF_FINDINGS.length - 1),
      ofAssets: fc.nat(ASKED_OF_ASSETS.length - 1),
      effect: fc.constantFrom(...EFFECTS),
      priority: fc.constantFrom(1, 1, 2),
      enabled: fc.constantFrom(true, true, false),
    }),
  },
  fc.record({ kind: fc.constant("unrule" as const), slot: fc.nat(2) }),
  fc.record({ kind: fc.constant("rename" as const), name: fc.constantFrom("Tagged", "Renamed") }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("assign" as const), asset: fc.nat(5), isGiven: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("protect" as const), finding: fc.nat(20) }) },
);

const dayOf = (day: number) => new Date(T + day * DAY).toISOString().slice(0, 10);
const quiet = { enqueue: async () => undefined, stop: async () => undefined };

async function take(own: ScanWorld, one: Step): Promise<void> {
  const { db, subscriptionId } = own;
  const caller = callerOf(subscriptionId);
  const scoped = scopeTo(db, caller);
  const actor = { caller, address: "127.0.0.1" };
  const parts = { audit: db, clock: () => T };
  const load = { at: T + 30 * DAY, batchEntries: 1, ...("deaths" in one && one.deaths ? { dieAfterCommits: 1 } : {}) };
  switch (one.kind) {
    case "import":
      await importHost(own, one);
      return;
    case "kev":
      await loadFeed(db, subscriptionId, [kevFeed(dayOf(one.day), one.cves, one.isWhole)], load);
      return;
    case "epss":
      await loadFeed(db, subscriptionId, [epssFeed(dayOf(one.day), one.scores)], load);
      return;
    case "cve":
      await loadFeed(db, subscriptionId, [cveFeed(one.cve, dayOf(one.day), one)], load);
      return;
    case "tag":
      await updateTag(scoped, parts, actor, tagId, { criticality: one.criticality });
      return;
    case "weights":
      await changeSettings(scoped, { jobs: () => quiet }, actor, { weights: { low: one.low } });
      return;
    case "rename":
      await updateTag(scoped, parts, actor, tagId, { name: one.name });
      return;
    case "assign": {
      const { rows } = await sql<{ id: number }>`
        SELECT id FROM asset WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(db.write);
      const ids = rows.slice(one.asset, one.asset + 2).map(({ id }) => id);
      await changeTagAssets(scoped, parts, actor, staticTagId, { [one.isGiven ? "add" : "remove"]: ids });
      return;
    }
    case "rule":
    case "unrule":
      await takeRule(own, one);
      return;
    default: {
      const { rows } = await sql<{ id: number }>`
        SELECT id FROM finding WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(db.write);
      const id = rows.length > 0 ? String(rows[one.finding % rows.length]!.id) : undefined;
      if (id === undefined) return;
      if (one.kind === "protect") return protect(own, Number(id));
      if (one.kind === "accept") {
        const endDate = one.days === null ? {} : { endDate: T + one.days * DAY };
        await acceptRisk(scoped, parts, actor, id, { reason: "so be it", ...endDate });
      } else {
        await revokeAcceptance(scoped, parts, actor, id).catch((error: { code?: string }) => {
          if (error.code !== "conflict") throw error;
        });
      }
    }
  }
}

async function takeRule(own: ScanWorld, one: Extract<Step, { kind: "rule" | "unrule" }>): Promise<void> {
  const caller = callerOf(own.subscriptionId);
  const scoped = scopeTo(own.db, caller);
  const actor = { caller, address: "" };
  const parts = { clock: () => T, jobs: () => quiet };
  const name = `R${one.slot}`;
  const former = (await listRules(scoped, parts)).find((rule) => rule.name === name);
  const isGone = (error: { code?: string }) => {
    if (error.code !== "not-found" && error.code !== "conflict") throw error;
  };
  if (one.kind === "unrule") {
    if (former) await deleteRule(scoped, parts, actor, former.id).catch(isGone);
    return;
  }
  const isOfAsset = one.effect.kind === "INTERNET_FACING";
  const body = {
    reason: "because",
    findingsQql: isOfAsset ? "" : ASKED_OF_FINDINGS[one.asked]!.qql,
    assetQql: ASKED_OF_ASSETS[one.ofAssets]!.qql,
    effect: one.effect,
    priority: one.priority,
    isEnabled: one.enabled,
  };
  const endDate = one.days === null ? null : T + one.days * DAY;
  if (former) await changeRule(scoped, parts, actor, former.id, { ...body, endDate }).catch(isGone);
  else await createRule(scoped, parts, actor, { name, ...body, ...(endDate ? { endDate } : {}) }).catch(isGone);
}

/** As whoever changes a finding's status does it. */
async function protect({ db, subscriptionId }: ScanWorld, id: number): Promise<void> {
  await db.imports.transaction().execute(async (tx) => {
    await lockScores(tx, "shared");
    const { rows } = await sql<{ id: number }>`
      SELECT asset_id AS id FROM finding WHERE subscription_id = ${subscriptionId} AND id = ${id}`.execute(tx);
    await sql`SELECT FROM asset WHERE subscription_id = ${subscriptionId} AND id = ${rows[0]!.id} FOR NO KEY UPDATE`.execute(
      tx,
    );
    await sql`UPDATE finding SET status = 'PROTECTED' WHERE subscription_id = ${subscriptionId} AND id = ${id}
      AND status <> 'FIXED'`.execute(tx);
    await rescoreAssets(tx, subscriptionId, [rows[0]!.id]);
  });
}

/** Checks 0 to 2 have a CVE each, 2 all of them; check 3 has none. */
async function importHost(own: ScanWorld, one: Extract<Step, { kind: "import" }>): Promise<void> {
  const { severity, score, version, exploit } = one;
  const cvss = score === null ? [] : [{ version, vector: null, score }];
  const checks = [[CVES[0]!], [CVES[1]!], CVES, []].map((cveIds, index) =>
    testCheck(`c${index}`, {
      title: `c${index} seen${one.at % 2}`,
      cveIds,
      cvss,
      severity: severity as 1,
      isExploitAvailable: exploit,
    }),
  );
  const findings = one.checks.map((index) => ({ checkId: `c${index}`, evidence: `${severity}` }));
  const assets = one.hosts.map((host) => ({
    asset: { name: `tagged-h${host}`, ipAddresses: [`10.9.0.${host}`] },
    findings,
  }));
  const scan = { connection: `K${one.connection}`, at: T + one.at * DAY, assets };
  // A batch for each host: what was known at the first may not hold at the last.
  await own.importScan(scan, { checks, limits: { maxAssets: 1 } });
}

async function settle(own: ScanWorld): Promise<void> {
  while (await expireNext(own.db, new Date(T + 2 * DAY))) {}
  await settleRules(own.db, own.subscriptionId, new Date(T + 2 * DAY));
  const task = createWalkTask(own.db);
  for (const id of await listScoreWalks(own.db.imports)) {
    await task.run(toWalkKey(id), { signal: new AbortController().signal });
  }
}

type FindingRow = DetectionInput & {
  id: number;
  assetId: number;
  qds: number;
  status: string;
  shownSeverity: number;
  endAt: Date | null;
  isOpen: boolean;
  title: string;
  cveId: string | null;
  connections: string[];
  isKevWhole: boolean;
};
type AssetRow = {
  id: number;
  name: string;
  tags: string[];
  risk: number;
  count: number;
  bands: number[];
  criticality: number;
  isInternetFacing: boolean;
};
type RuleRow = {
  name: string;
  findingsQql: string;
  assetQql: string;
  effect: string;
  value: number;
};

/** All scores from what they are made of, without any of the product's SQL. */
async function expectCurrent({ db, subscriptionId }: ScanWorld): Promise<void> {
  const { rows: findings } = await sql<FindingRow>`
    SELECT f.id, f.asset_id AS "assetId", f.qds, f.status, f.severity AS "shownSeverity", c.severity,
      c.cvss, c.is_exploit_available AS "isExploitAvailable",
      coalesce(k.cvss, '[]') AS "recordCvss", k.epss, k.kev_added_on IS NOT NULL AS "isKnownExploited",
      k.ssvc_exploitation AS "ssvcExploitation", r.id IS NOT NULL AS "isOpen", r.end_at AS "endAt", c.title,
      f.cve_id AS "cveId", f.status = 'PROTECTED' AS "isProtected",
      EXISTS (SELECT FROM knowledge_feed WHERE kind = 'kev' AND whole_at IS NOT NULL) AS "isKevWhole",
      ARRAY(SELECT n.name FROM finding_source s JOIN connection n ON n.id = s.connection_id
        WHERE s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint) AS connections
    FROM finding f JOIN check_definition c ON c.id = f.check_id LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id
    LEFT JOIN risk_acceptance r ON r.finding_id = f.id AND r.closed_at IS NULL
    WHERE f.subscription_id = ${subscriptionId}`.execute(db.write);
  const { rows: rules } = await sql<RuleRow>`
    SELECT name, findings_qql AS "findingsQql", asset_qql AS "assetQql", effect, value FROM risk_rule
    WHERE subscription_id = ${subscriptionId} AND is_enabled AND (end_at IS NULL OR end_at > ${new Date(T + 2 * DAY)})
    ORDER BY priority, id`.execute(db.write);
  const { rows: settings } = await sql<{ low: number }>`
    SELECT weight_low AS low FROM score_setting WHERE subscription_id = ${subscriptionId}`.execute(db.write);
  const weights = { ...DEFAULT_RISK_WEIGHTS, ...settings[0] };
  const { rows: assets } = await sql<AssetRow>`
    SELECT id, name, risk, finding_count AS count, criticality, is_internet_facing AS "isInternetFacing",
      ARRAY(SELECT t.name FROM tag t WHERE t.id = ANY (tag_ids)) AS tags,
      ARRAY[critical_count, high_count, medium_count, low_count] AS bands
    FROM asset WHERE subscription_id = ${subscriptionId}`.execute(db.write);
  const isOf = ({ assetQql }: RuleRow, asset: AssetRow) =>
    ASKED_OF_ASSETS.find(({ qql }) => qql === assetQql)!.holds(asset);
  for (const row of findings) {
    const asset = assets.find(({ id }) => id === row.assetId)!;
    const matched = rules.filter(
      (rule) =>
        rule.effect !== "INTERNET_FACING" &&
        isOf(rule, asset) &&
        ASKED_OF_FINDINGS.find(({ qql }) => qql === rule.findingsQql)!.holds(row),
    );
    const acting = matched.map(({ name, effect, value }) => {
      return { name, reason: "", effect: { kind: effect as "FACTOR", value } };
    });
    expect([row.id, row.qds]).toEqual([row.id, detectionScore({ ...row, rules: acting }).qds]);
  }
  for (const asset of assets) {
    const isFacing = rules.some((rule) => rule.effect === "INTERNET_FACING" && isOf(rule, asset));
    expect([asset.id, asset.isInternetFacing]).toEqual([asset.id, isFacing]);
    const open = findings.filter(({ assetId, status }) => assetId === asset.id && status !== "FIXED");
    const counting = open.filter(({ isOpen, endAt }) => !isOpen || (endAt !== null && endAt.getTime() <= T + 2 * DAY));
    expect([asset.id, asset.risk, asset.count]).toEqual([asset.id, naiveRisk(asset, counting, weights), open.length]);
    const inBand = (band: string) => counting.filter(({ qds }) => qdsBand(qds) === band).length;
    expect([asset.id, asset.bands]).toEqual([asset.id, ["critical", "high", "medium", "low"].map(inBand)]);
  }
}

function naiveRisk(asset: AssetRow, findings: readonly FindingRow[], weights: RiskWeights): number {
  const bands: Record<string, { count: number; average: number }> = {};
  for (const { qds } of findings) {
    const band = bands[qdsBand(qds)] ?? { count: 0, average: 0 };
    bands[qdsBand(qds)] = { count: band.count + 1, average: (band.average * band.count + qds) / (band.count + 1) };
  }
  return assetRisk({ ...asset, bands: bands as BandTotals }, weights);
}

async function fresh(): Promise<ScanWorld> {
  const own = inSubscription(world, await addSubscription(world.db));
  const caller = callerOf(own.subscriptionId);
  const parts = { audit: own.db, clock: () => T };
  const body = { name: "Tagged", rule: "asset.name:tagged*", criticality: 3 };
  const tag = await createTag(scopeTo(own.db, caller), parts, { caller, address: "" }, body);
  tagId = tag.id;
  staticTagId = (await createTag(scopeTo(own.db, caller), parts, { caller, address: "" }, { name: "Hand" })).id;
  return own;
}

/** A check is told as more severe by a report without one of its hosts, and a rule asks for severe findings. */
const toldOf = (hosts: number[], severity: number): Step => {
  return {
    kind: "import",
    connection: 1,
    hosts,
    at: 0,
    severity,
    score: null,
    version: "2.0",
    exploit: false,
    checks: [3],
  };
};
const TOLD_ANEW_ELSEWHERE: Step[][] = [
  [toldOf([1, 6], 1)],
  [
    toldOf([6], 4),
    { kind: "rule", slot: 0, days: null, asked: 1, ofAssets: 0, effect: EFFECTS[0], priority: 1, enabled: true },
  ],
];

test("whatever is imported, loaded, accepted, ruled, tagged and set, one after another or at once, stored scores are those of a full recomputation", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), async (groups) => {
      const own = await fresh();
      for (const group of groups) await Promise.all(group.map((one) => take(own, one)));
      await settle(own);
      await expectCurrent(own);
    }),
    { numRuns: 40, examples: [[TOLD_ANEW_ELSEWHERE]] },
  );
});

test("acceptances end together with their audit event, or not at all", async () => {
  const own = await fresh();
  await own.importScan({ connection: "K", at: T, assets: [{ asset: { name: "h" }, findings: [{ checkId: "c" }] }] });
  const caller = callerOf(own.subscriptionId);
  const { rows } = await sql<{ id: string }>`
    SELECT id::text AS id FROM finding WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
  const body = { reason: "r", endDate: T + DAY };
  await acceptRisk(scopeTo(own.db, caller), { clock: () => T }, { caller, address: "" }, rows[0]!.id, body);
  const read = async () => {
    const { rows: found } = await sql`
      SELECT (SELECT is_accepted FROM finding WHERE subscription_id = ${own.subscriptionId}) AS "isAccepted",
        (SELECT closed_at IS NULL FROM risk_acceptance WHERE subscription_id = ${own.subscriptionId}) AS "isOpen",
        (SELECT count(*) FROM audit_event WHERE subscription_id = ${own.subscriptionId}
          AND action = 'etm.finding.acceptance-expired') AS events`.execute(own.db.write);
    return found[0];
  };
  await sql`CREATE FUNCTION refuse_expiry() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
    IF NEW.action = 'etm.finding.acceptance-expired' THEN RAISE EXCEPTION 'full'; END IF; RETURN NEW; END$$`.execute(
    own.db.write,
  );
  await sql`CREATE TRIGGER refuse_expiry BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_expiry()`.execute(
    own.db.write,
  );
  await expect(expireNext(own.db, new Date(T + DAY))).rejects.toThrow("full");
  await sql`DROP TRIGGER refuse_expiry ON audit_event`.execute(own.db.write);
  expect(await read()).toEqual({ isAccepted: true, isOpen: true, events: 0 });
  expect(await expireNext(own.db, new Date(T + DAY))).toBe(true);
  expect(await read()).toEqual({ isAccepted: false, isOpen: false, events: 1 });
});

test("PostgreSQL reckons what the domain reckons", async () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const any = fc.record({
    severity: fc.integer({ min: 1, max: 5 }),
    cvss: fc.array(
      fc.record({ version, score: fc.option(fc.integer({ min: 0, max: 100 }).map((tenths) => tenths / 10)) }),
    ),
    recordCvss: fc.array(fc.record({ version, score: fc.option(fc.double({ min: 0, max: 10, noNaN: true })) })),
    isExploitAvailable: fc.option(fc.boolean()),
    epss: fc.option(share),
    isKnownExploited: fc.boolean(),
    ssvcExploitation: fc.constantFrom(null, "none" as const, "poc" as const, "active" as const),
  });
  const withBest = (input: DetectionInput) => ({
    ...input,
    ...{ own: bestCvss(input.cvss), record: bestCvss(input.recordCvss ?? []) },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(any, { minLength: 50, maxLength: 200 }), async (inputs) => {
      const { rows } = await sql<{ qds: number }>`
        SELECT ${detectionScoreSql} AS qds
        FROM ROWS FROM (json_to_recordset(${JSON.stringify(inputs.map(withBest))}::json) AS (severity integer,
          "isExploitAvailable" boolean, epss double precision, "isKnownExploited" boolean, "ssvcExploitation" text,
          own jsonb, record jsonb)) WITH ORDINALITY AS x
        CROSS JOIN LATERAL (SELECT x.severity, (x.own->>'score')::double precision AS cvss_base,
          x.own->>'version' AS cvss_version, x."isExploitAvailable" AS is_exploit_available) c
        CROSS JOIN LATERAL (SELECT (x.record->>'score')::double precision AS cvss_base, x.record->>'version' AS cvss_version,
          x.epss, x."ssvcExploitation" AS ssvc_exploitation,
          CASE WHEN x."isKnownExploited" THEN date '2026-01-01' END AS kev_added_on) k
        ORDER BY x.ordinality`.execute(world.db.write);
      const expected = inputs.map((input) => detectionScore(input).qds);
      expect(rows.map(({ qds }) => qds)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
