import type { FeedEvent } from "@breakwater/formats/feeds/index";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  readFindings,
  type ScanWorld,
  testCheck,
} from "../findings/scan-world.fixture.ts";
import { hasBeenWhole, readFeeds } from "./feed-store.ts";
import { cveFeed, epssFeed, kevFeed, loadFeed, type TestLoad } from "./load-feed.fixture.ts";
import { toFeeds } from "./views.ts";

const CVES = ["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"];
const AT = Date.UTC(2026, 2, 1);

let world: ScanWorld;
beforeAll(async () => {
  world = await openScanWorld();
  const checks = CVES.map((cveId, index) => testCheck(`c${index}`, { cveIds: [cveId] }));
  const assets = [{ asset: { name: "h1" }, findings: checks.map(({ id }) => ({ checkId: id })) }];
  await world.importScan({ connection: "A", at: AT, assets }, { checks });
});
afterAll(() => world.close());
beforeEach(async () => {
  await sql`TRUNCATE cve_knowledge, knowledge_feed`.execute(world.db.write);
  // Of nothing: 44 is severity 3 without a CVSS score.
  await sql`UPDATE finding SET qds = 44`.execute(world.db.write);
});

const load = (members: readonly (readonly FeedEvent[])[], options: TestLoad = {}) =>
  loadFeed(world.db, world.subscriptionId, members, { at: AT, ...options });
const scores = async () => (await readFindings(world.db, world.subscriptionId)).map(({ qds }) => qds);
async function known() {
  const { rows } = await sql`
    SELECT cve_id, kev_added_on::text, epss, ssvc_exploitation, cvss_base FROM cve_knowledge ORDER BY cve_id`.execute(
    world.db.write,
  );
  const feeds = (await readFeeds(world.db.read)).sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return { rows, feeds, scores: await scores() };
}

test("what a newer catalogue lists anew and no longer changes the scores of those, and of no others", async () => {
  await load([kevFeed("2026-01-01", [CVES[0]!])]);
  expect(await scores()).toEqual([90, 44, 44]);
  const versions = async () => {
    const { rows } = await sql<{ xmin: string }>`SELECT xmin::text FROM finding ORDER BY cve_id`.execute(
      world.db.write,
    );
    return rows.map(({ xmin }) => xmin);
  };
  const before = await versions();
  await load([kevFeed("2026-01-08", [CVES[1]!])]);
  expect(await scores()).toEqual([44, 90, 44]);
  const after = await versions();
  expect(after.map((version, index) => version === before[index])).toEqual([false, false, true]);
});

test("a small change looks at the findings of its CVEs only, a large one at all", async () => {
  const own = inSubscription(world, await addSubscription(world.db));
  const ids = Array.from({ length: 10 }, (_, index) => `CVE-2026-1${index}00`);
  const checks = ids.map((cveId) => testCheck(cveId, { cveIds: [cveId] }));
  const assets = [{ asset: { name: "h1" }, findings: ids.map((checkId) => ({ checkId })) }];
  await own.importScan({ connection: "A", at: AT, assets }, { checks });
  const readScores = async () => (await readFindings(own.db, own.subscriptionId)).map(({ qds }) => qds);
  // A score that nobody would store shows who looked.
  await sql`UPDATE finding SET qds = 77 WHERE subscription_id = ${own.subscriptionId} AND cve_id = ${ids[9]!}`.execute(
    own.db.write,
  );
  await load([kevFeed("2026-01-01", ids.slice(0, 2))]);
  expect(await readScores()).toEqual([90, 90, 44, 44, 44, 44, 44, 44, 44, 77]);
  await load([kevFeed("2026-01-02", ids.slice(0, 6))]);
  expect(await readScores()).toEqual([90, 90, 90, 90, 90, 90, 44, 44, 44, 44]);
});

test("a catalogue that breaks off takes nothing off the list, and says that it is not complete", async () => {
  await load([kevFeed("2026-01-01", [CVES[0]!])]);
  await load([kevFeed("2026-01-08", [CVES[1]!], false)]);
  expect(await scores()).toEqual([90, 90, 44]);
  expect((await readFeeds(world.db.read))[0]).toMatchObject({ kind: "kev", isComplete: false });
});

test("a feed that is older than the one loaded changes nothing", async () => {
  await load([kevFeed("2026-01-08", [CVES[1]!])]);
  await load([epssFeed("2026-01-08", { [CVES[2]!]: 1 })]);
  const before = await known();
  expect(await load([kevFeed("2026-01-01", [CVES[0]!])])).toMatchObject({ warnings: 1 });
  expect(await load([epssFeed("2026-01-01", { [CVES[0]!]: 1 })])).toMatchObject({ warnings: 1 });
  expect(await known()).toEqual(before);
});

const standing = async (kind = "kev") =>
  (await readFeeds(world.db.read))
    .filter((feed) => feed.kind === kind)
    .map(({ isComplete, records }) => [isComplete, records]);
const knowsUnlisted = () => world.db.write.transaction().execute((tx) => hasBeenWhole(tx, "kev"));

test("what is not listed is known once a whole catalogue was loaded, and from then on", async () => {
  await load([kevFeed("2026-01-01", [CVES[0]!], false)]);
  expect(await knowsUnlisted()).toBe(false);
  await load([kevFeed("2026-01-01", [CVES[0]!])]);
  expect(await knowsUnlisted()).toBe(true);
  await load([kevFeed("2026-01-02", [CVES[0]!], false)]);
  expect(await knowsUnlisted()).toBe(true);
});

test("a part of no later date than the whole one adds what it lists and leaves the standing as it is", async () => {
  await load([kevFeed("2026-01-08", [CVES[0]!, CVES[1]!])]);
  await load([epssFeed("2026-01-08", { [CVES[0]!]: 1, [CVES[1]!]: 1 })]);
  expect(await load([kevFeed("2026-01-08", [CVES[2]!], false)])).toMatchObject({ recordsRead: 1, warnings: 1 });
  expect(await load([epssFeed("2026-01-08", { [CVES[2]!]: 1 }, false)])).toMatchObject({ recordsRead: 1, warnings: 1 });
  expect([await standing("kev"), await standing("epss")]).toEqual([[[true, 2]], [[true, 2]]]);
  expect(await scores()).toEqual([90, 90, 90]);
  await load([kevFeed("2026-01-09", [CVES[2]!], false)]);
  expect(await standing("kev")).toEqual([[false, 1]]);
});

test("a feed of the future is refused, and one that was loaded before outdates none", async () => {
  expect(await load([epssFeed("2099-01-01", { [CVES[0]!]: 1 })])).toMatchObject({ recordsRead: 0, recordsRefused: 1 });
  expect(await load([kevFeed("2099-01-01", [CVES[0]!])])).toMatchObject({ recordsRead: 0, recordsRefused: 1 });
  const record = cveFeed(CVES[0]!, "2099-01-01", { exploitation: "active", score: 9 });
  expect(await load([record])).toMatchObject({ recordsRead: 0, recordsRefused: 1 });
  expect(await known()).toMatchObject({ rows: [], feeds: [] });
  await load([kevFeed("2026-03-02", [CVES[0]!])]);
  await load([cveFeed(CVES[1]!, "2026-01-01", { exploitation: null, score: 9 })]);
  await sql`UPDATE knowledge_feed SET published_at = '2099-01-01'`.execute(world.db.write);
  await sql`UPDATE cve_knowledge SET record_updated_at = '2099-01-01' WHERE cve_id = ${CVES[1]!}`.execute(
    world.db.write,
  );
  expect(await load([kevFeed("2026-01-08", [CVES[1]!])])).toMatchObject({ recordsRead: 1, warnings: 0 });
  await load([cveFeed(CVES[1]!, "2026-01-02", { exploitation: "active", score: 9 })]);
  const { rows, feeds } = await known();
  expect(rows).toMatchObject([{ kev_added_on: null }, { kev_added_on: "2026-01-08", ssvc_exploitation: "active" }]);
  expect(feeds.map(({ kind, publishedAt }) => [kind, publishedAt])).toEqual([
    ["cve", Date.UTC(2026, 0, 2)],
    ["kev", Date.UTC(2026, 0, 8)],
    ["ssvc", Date.UTC(2026, 0, 2)],
  ]);
});

test("an upload that breaks off behind whole feeds only adds what they list, and they are not complete", async () => {
  await load([kevFeed("2026-01-01", [CVES[0]!])]);
  await load([epssFeed("2026-01-01", { [CVES[0]!]: 1 })]);
  const record = cveFeed(CVES[2]!, "2026-01-01", { exploitation: "poc", score: null });
  const cut = [kevFeed("2026-01-02", [CVES[1]!]), epssFeed("2026-01-02", { [CVES[1]!]: 1 }), record];
  expect(await load(cut, { isCut: true })).toMatchObject({ recordsRead: 3, warnings: 1 });
  for (const kind of ["kev", "epss", "cve", "ssvc"]) expect([kind, await standing(kind)]).toEqual([kind, [[false, 1]]]);
  expect((await known()).rows).toMatchObject([
    { kev_added_on: "2026-01-01", epss: 1 },
    { kev_added_on: "2026-01-02", epss: 1 },
    { ssvc_exploitation: "poc" },
  ]);
});

test("EPSS: a whole file of another day takes the scores of those it does not list", async () => {
  await load([epssFeed("2026-01-01", { [CVES[0]!]: 1, [CVES[1]!]: 0.25 })]);
  expect(await scores()).toEqual([59, 52, 44]);
  await load([epssFeed("2026-01-02", { [CVES[1]!]: 0.25 }, false)]);
  expect(await scores()).toEqual([59, 52, 44]);
  await load([epssFeed("2026-01-02", { [CVES[1]!]: 0.25 })]);
  expect(await scores()).toEqual([44, 52, 44]);
});

test("CVE records: the newest copy counts, whatever the order; CVSS counts where the source gave none", async () => {
  await load([cveFeed(CVES[0]!, "2026-02-02", { exploitation: "poc", score: 9 })]);
  expect(await scores()).toEqual([80, 44, 44]);
  await load([cveFeed(CVES[0]!, "2026-01-01", { exploitation: "active", score: 1 })]);
  expect(await scores()).toEqual([80, 44, 44]);
});

test("CVE records come in pieces: all that are known stand, and one that broke off is missed until it is whole", async () => {
  const record = (cve: string, day: string, exploitation: "poc" | null = null) =>
    cveFeed(cve, day, { exploitation, score: 5 });
  const day = 86_400_000;
  let at = AT;
  const shown = async (fileName: string, records: FeedEvent[][], isCut = false) => {
    at += day;
    await load(records, { fileName, isCut, at });
    const of = new Map((await readFeeds(world.db.read)).map((feed) => [feed.kind, feed]));
    return (["cve", "ssvc"] as const).map((kind) => {
      const { publishedAt, records: count, loadedAt, isComplete } = of.get(kind)!;
      expect(loadedAt).toBe(at);
      return [new Date(publishedAt!).toISOString().slice(0, 10), count, isComplete];
    });
  };
  const [first, second, third] = CVES.map((cve, index) =>
    record(cve, `2026-01-0${index + 1}`, index === 0 ? "poc" : null),
  );
  const ssvc = ["2026-01-01", 1, true];
  expect(await shown("2024.zip", [first!, second!])).toEqual([["2026-01-02", 2, true], ssvc]);
  // An older piece dates nothing back.
  expect(await shown("2023.zip", [first!])).toEqual([["2026-01-02", 2, true], ssvc]);
  const missed = [
    ["2026-01-03", 3, false],
    ["2026-01-01", 1, false],
  ];
  expect(await shown("2025.zip", [third!, first!], true)).toEqual(missed);
  expect(await shown("2024.zip", [first!, second!])).toEqual(missed);
  expect(await shown("2025.zip", [third!, first!])).toEqual([["2026-01-03", 3, true], ssvc]);
  // So is it by whatever holds all that is known.
  expect(await shown("a.zip", [first!], true)).toEqual(missed);
  expect(await shown("all.zip", [first!, second!, third!])).toEqual([["2026-01-03", 3, true], ssvc]);
  expect(await shown("2024.zip", [first!, record("CVE-2026-0009", "2026-01-09")])).toEqual([
    ["2026-01-09", 4, true],
    ssvc,
  ]);
});

test("the list shows every kind, its date and its age, and what was never loaded", async () => {
  await load([kevFeed("2026-02-19", [CVES[0]!])]);
  const nothing = { source: null, version: null, publishedDate: null, loadedDate: null, ageDays: null };
  const never = { status: "NEVER_LOADED", ...nothing, recordCount: 0, changedCount: 0 };
  expect(toFeeds(await readFeeds(world.db.read), AT)).toEqual([
    {
      kind: "kev",
      status: "LOADED",
      source: "CISA KEV",
      version: null,
      publishedDate: Date.UTC(2026, 1, 19),
      loadedDate: AT,
      ageDays: 10,
      recordCount: 1,
      changedCount: 1,
    },
    { kind: "epss", ...never },
    { kind: "cve", ...never },
    { kind: "ssvc", ...never },
    { kind: "csaf", ...never },
  ]);
});

test("a load that dies after any commit and is resumed gives what one gives that lived", async () => {
  const record = fc.record({
    cve: fc.constantFrom(...CVES),
    day: fc.constantFrom("2026-01-01", "2026-01-02"),
    exploitation: fc.constantFrom(null, "poc" as const, "active" as const),
    score: fc.constantFrom(null, 5, 10),
  });
  const records = fc.uniqueArray(record, { maxLength: 4, selector: ({ cve }) => cve });
  const dictionary = fc.dictionary(fc.constantFrom(...CVES), fc.constantFrom(0, 0.5, 1));
  const members = fc
    .tuple(fc.subarray(CVES), fc.boolean(), dictionary, fc.boolean(), records)
    .map(([listed, isKevWhole, epss, isEpssWhole, cves]) => [
      ...cves.map(({ cve, day, ...one }) => cveFeed(cve, day, one)),
      kevFeed("2026-01-03", listed, isKevWhole),
      epssFeed("2026-01-03", epss, isEpssWhole),
    ]);
  await fc.assert(
    fc.asyncProperty(
      members,
      fc.nat(6),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      async (given, dieAfterCommits, batchEntries, isCut) => {
        const former = [kevFeed("2026-01-01", [CVES[0]!]), epssFeed("2026-01-01", { [CVES[0]!]: 1 })];
        const reset = async () => {
          await sql`TRUNCATE cve_knowledge, knowledge_feed`.execute(world.db.write);
          await load(former);
        };
        await reset();
        const counts = await load(given, { batchEntries, isCut });
        const calm = await known();
        await reset();
        expect(await load(given, { batchEntries, isCut, dieAfterCommits })).toEqual(counts);
        expect(await known()).toEqual(calm);
      },
    ),
    { numRuns: 30 },
  );
});
