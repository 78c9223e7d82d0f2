import fc from "fast-check";
import type {
  Seeded,
  World,
  WorldAsset,
  WorldCheck,
  WorldFinding,
  WorldKnowledge,
  WorldSource,
} from "./seed.fixture.ts";

const DAY_MS = 86_400_000;
/** "Now" of the generated worlds. */
export const WORLD_NOW_MS: number = Date.UTC(2026, 5, 1, 12);

const text = fc.oneof(
  fc.constantFrom(
    "OpenSSL remote code execution",
    "TLS 1.0 enabled",
    '=HYPERLINK("http://x")',
    "+1",
    "\\.",
    'a\\b\n"c"\u0001é\u{1f980}',
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((value) => value.replaceAll("\0", "").toWellFormed()),
);
const time = fc.integer({ min: WORLD_NOW_MS - 400 * DAY_MS, max: WORLD_NOW_MS });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const severity = fc.integer({ min: 1, max: 5 });
const score = maybe(fc.integer({ min: 0, max: 100 }).map((tenths) => tenths / 10));

const cvss = fc.uniqueArray(
  fc.record({ version: fc.constantFrom("2.0", "3.0", "3.1", "4.0"), vector: maybe(text), score }),
  { selector: (entry) => entry.version },
);

const check = fc.record({
  product: fc.constantFrom("Nessus", "Trivy"),
  title: text,
  description: text,
  family: maybe(text),
  isPatchAvailable: maybe(fc.boolean()),
  isVendorPatchable: maybe(fc.boolean()),
  cvss,
});

const tagCount = 3;
const connectionCount = 2;
const checkCount = 4;

const asset: fc.Arbitrary<WorldAsset> = fc.record({
  name: text,
  // Nothing keeps a tag from being there twice.
  tagIds: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }),
  risk: fc.integer({ min: 0, max: 1000 }),
  criticality: severity,
  ipAddresses: fc.array(fc.ipV4(), { maxLength: 2 }),
  macAddresses: fc.constantFrom([], ["00:1d:9c:00:00:01"]),
  hostNames: fc.constantFrom([], ["db1.corp.com"], ["db1.corp.com", "db1"]),
  cloudProvider: fc.constantFrom(null, "AWS", "GCP"),
  seenAt: fc.array(maybe(time), { minLength: connectionCount, maxLength: connectionCount }),
});

const told = fc.record(
  {
    typeDetected: fc.constantFrom("Confirmed" as const, "Potential" as const),
    isDisabled: fc.boolean(),
    isIgnored: fc.boolean(),
    productVersion: fc.constantFrom("2.4.49", "2.4.50 beta"),
    customNumbers: fc.tuple(maybe(fc.constantFrom(0, 7.5)), fc.constant(null)),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const source: fc.Arbitrary<WorldSource> = fc.record({
  connectionId: fc.integer({ min: 1, max: connectionCount }),
  checkId: fc.integer({ min: 1, max: checkCount }),
  isPresent: fc.boolean(),
  firstSeen: time,
  lastSeen: time,
  toldFirst: maybe(time),
  toldLast: maybe(time),
  told: maybe(told),
  severity,
  evidence: text,
});

const finding = (assets: number): fc.Arbitrary<WorldFinding> =>
  fc.record({
    assetId: fc.integer({ min: 1, max: assets }),
    checkId: fc.integer({ min: 1, max: checkCount }),
    cveId: fc.constantFrom(null, ...CVES),
    severity,
    qds: fc.integer({ min: 1, max: 100 }),
    acceptedUntil: maybe(fc.constantFrom(WORLD_NOW_MS - DAY_MS, WORLD_NOW_MS, WORLD_NOW_MS + DAY_MS)),
    status: fc.constantFrom("NEW", "ACTIVE", "REOPENED", "FIXED", "PROTECTED", "RETEST"),
    category: fc.constantFrom("VULNERABILITY", "MISCONFIGURATION", "SECRET"),
    port: maybe(fc.constantFrom(22, 443, 8080)),
    protocol: maybe(fc.constantFrom("tcp", "udp")),
    instance: maybe(text),
    firstFound: time,
    lastFound: time,
    lastFixed: maybe(time),
    reopened: maybe(time),
    sources: fc.uniqueArray(source, { maxLength: 3, selector: (entry) => `${entry.connectionId}/${entry.checkId}` }),
  });

const CVES = ["CVE-2021-44228", "CVE-2026-0001"];
const knowledge: fc.Arbitrary<WorldKnowledge> = fc.record({
  isKevLoaded: fc.boolean(),
  cves: fc.dictionary(
    fc.constantFrom(...CVES),
    fc.record({
      isListed: fc.boolean(),
      isRansomware: fc.boolean(),
      epss: maybe(fc.constantFrom(0.00042, 0.5, 0.97533)),
      ssvc: maybe(fc.constantFrom("none", "poc", "active")),
      cvss,
    }),
    { noNullPrototype: true },
  ),
});

/** Some assets with some findings, with awkward texts, several sources and gaps everywhere. */
export const anyWorld: fc.Arbitrary<World> = fc
  .tuple(
    fc.array(asset, { minLength: 1, maxLength: 6 }),
    fc.array(check, { minLength: checkCount, maxLength: checkCount }),
    knowledge,
  )
  .chain(([assets, checks, known]) =>
    fc.array(finding(assets.length), { maxLength: 40 }).map((findings) => ({
      tags: ["Plant A", "Internet facing", "=cmd"].slice(0, tagCount),
      connections: ["Plant scanner", "CI"],
      checks: checks.map((entry, index) => ({ ...entry, vendorId: String(1000 + index) })),
      assets,
      findings,
      knowledge: known,
    })),
  );

/** When the source's connection last looked at the asset of an open finding it still has and does not date; 0 otherwise. */
function seenAtMs(world: World, found: WorldFinding, entry: WorldSource): number {
  if (!entry.isPresent || entry.toldLast != null || found.status === "FIXED") return 0;
  return world.assets[found.assetId - 1]!.seenAt[entry.connectionId - 1] ?? 0;
}

function toExpectedSources(world: World, found: WorldFinding) {
  return [...found.sources]
    .sort((a, b) => a.connectionId - b.connectionId || a.checkId - b.checkId)
    .map((entry) => ({
      source: world.checks[entry.checkId - 1]!.product,
      connection: world.connections[entry.connectionId - 1],
      vendorFindingId: world.checks[entry.checkId - 1]!.vendorId,
      firstSeen: Math.min(entry.firstSeen, entry.toldFirst ?? entry.firstSeen),
      lastSeen: entry.toldLast ?? Math.max(entry.lastSeen, seenAtMs(world, found, entry)),
      isPresent: entry.isPresent,
      severity: entry.severity,
      evidence: entry.evidence,
    }));
}

/** Of one generation: the newest version that has a number, of one version the first list's, the highest. */
function toExpectedCvss(lists: readonly WorldCheck["cvss"][], generation: string) {
  const [best] = lists
    .flatMap((entries, origin) => entries.map((entry) => ({ ...entry, origin })))
    .filter((entry) => entry.version.startsWith(generation))
    .sort(
      (a, b) =>
        Number(a.score === null) - Number(b.score === null) ||
        b.version.localeCompare(a.version) ||
        a.origin - b.origin ||
        (b.score ?? 0) - (a.score ?? 0),
    );
  return { basescore: best?.score ?? null, vector: best?.vector ?? null };
}

/** What the feeds say of a finding's CVE: never loaded is null, and so is what has no CVE. */
export function toExpectedSigns(
  { knowledge: { isKevLoaded, cves } = { isKevLoaded: false, cves: {} } }: World,
  cveId: string | null,
) {
  const known = cveId === null ? undefined : cves[cveId];
  const isListed = isKevLoaded && known?.isListed === true;
  const isAttacked = isListed || known?.ssvc === "active";
  const cisaKev = isKevLoaded && cveId !== null ? isListed : null;
  return {
    epss: known?.epss ?? null,
    cisaKev,
    isAttacked: isAttacked ? true : known?.ssvc != null ? false : cisaKev,
    isRansomware: isListed && known?.isRansomware ? true : null,
  };
}

/** docs/guide/scores.md; scores of the record, then of the source, each by generation 2, 3, 4. */
function toExpectedQvss(world: World, cveId: string | null, scores: readonly (number | null)[]): number | null {
  const { cisaKev, isAttacked } = toExpectedSigns(world, cveId);
  const known = world.knowledge?.cves[cveId ?? ""];
  const isUsed = cisaKev === true || known?.ssvc === "active";
  const cvss = [...scores.slice(0, 3).toReversed(), ...scores.slice(3).toReversed()].find((one) => one !== null);
  if (cveId === null || (cvss === undefined && !isUsed && !isAttacked)) return null;
  const signs = isUsed ? 20 : known?.ssvc === "poc" ? 8 : 0;
  const sum = Math.round((cvss ?? 0) * 8 + signs + 15 * Math.sqrt(known?.epss ?? 0));
  return Math.min(100, Math.max(isUsed ? 90 : 1, sum)) / 10;
}

type Info = ReturnType<typeof toExpectedCvss>;

/** A finding's JSON according to etm.md 3, computed without the database. */
export function toExpectedJson(world: World, seeded: Seeded, index: number) {
  const found = world.findings[index]!;
  const { sources, assetId, checkId, cveId, ...own } = found;
  const { epss, cisaKev } = toExpectedSigns(world, cveId);
  const host = world.assets[assetId - 1]!;
  const shown = world.checks[checkId - 1]!;
  const record = world.knowledge?.cves[cveId ?? ""]?.cvss ?? [];
  const infos = (...lists: WorldCheck["cvss"][]) =>
    ["2", "3", "4"].map((version) => toExpectedCvss(lists, version)) as [Info, Info, Info];
  const [cvss2Info, cvss3Info, cvss4Info] = infos(shown.cvss, record);
  const best = [cvss4Info, cvss3Info, cvss2Info].find((info) => info.basescore !== null);
  return {
    id: String(seeded.findingIds[index]),
    title: shown.title,
    description: shown.description,
    category: own.category,
    subCategory: shown.family,
    severity: own.severity,
    status: own.status,
    cveId,
    vendorId: shown.vendorId,
    vendorProductName: shown.product,
    qds: own.qds,
    qvss: toExpectedQvss(
      world,
      cveId,
      [...infos(record), ...infos(shown.cvss)].map((info) => info.basescore),
    ),
    truRiskScore: host.risk,
    isPatchAvailable: shown.isPatchAvailable === true,
    isQualysPatchable: shown.isVendorPatchable === true,
    cvss: { baseScore: best?.basescore ?? null, vector: best?.vector ?? null },
    cve: { id: cveId, cvss2Info, cvss3Info, cvss4Info, epss, cisaKev },
    firstFound: own.firstFound,
    lastFound: Math.max(own.lastFound, ...sources.map((entry) => seenAtMs(world, found, entry))),
    lastFixed: own.lastFixed,
    reopened: own.reopened,
    port: own.port,
    protocol: own.protocol,
    instance: own.instance,
    asset: {
      assetName: host.name,
      internalAssetId: String(seeded.assetIds[assetId - 1]),
      criticalityScore: host.criticality,
      tags: [...new Set(host.tagIds)].map((id) => world.tags[id - 1]!).sort(),
      ipAddresses: host.ipAddresses,
      macAddresses: host.macAddresses,
      hostNames: host.hostNames,
    },
    sources: toExpectedSources(world, found),
  };
}
