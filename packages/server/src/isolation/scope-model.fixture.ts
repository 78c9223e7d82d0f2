import fc from "fast-check";
import type { World } from "../modules/findings-read/seed.fixture.ts";
import { anyWorld } from "../modules/findings-read/world.fixture.ts";
import type { SeededHost } from "../modules/ot/hosts.fixture.ts";

/** What a rule or filter means, said once more and plainly. */
export type Meaning<T> = { text: string; holds: (one: T) => boolean };

export type ModelAsset = {
  id: number;
  isOt: boolean;
  /** Its OT vulnerability; null for what is no OT host. */
  detectionId: string | null;
  name: string;
  tags: Set<number>;
  addresses: readonly string[];
  ports: readonly number[];
};
export type ModelFinding = { id: string; asset: ModelAsset; severity: number; status: string; port: number | null };
export type ModelTag = { id: number; name: string; parent: number | null; rule: Meaning<ModelAsset> | null };
/** The scope that a report was made with; null: everything. */
export type ModelReport = { id: string; scope: ReadonlySet<number> | null };
export type ModelImport = { id: string; createdBy: string };

/** A subscription as it ought to be seen: nothing of it is read back from the server. */
export type Model = {
  subscriptionId: number;
  assets: readonly ModelAsset[];
  findings: readonly ModelFinding[];
  tags: Map<number, ModelTag>;
  reports: ModelReport[];
  imports: readonly ModelImport[];
};

/** Whoever calls. @param scope tags given, by id; null: everything */
export type Viewer = {
  name: string;
  token: string;
  scope: ReadonlySet<number> | null;
  permissions: ReadonlySet<string>;
};

/** The tags given and all below them. */
export function coveredBy(model: Model, scope: Iterable<number>): Set<number> {
  const covered = new Set(scope);
  for (let size = -1; size !== covered.size; ) {
    size = covered.size;
    for (const { id, parent } of model.tags.values()) if (parent !== null && covered.has(parent)) covered.add(id);
  }
  return covered;
}

export function isVisible(model: Model, { scope }: Viewer, asset: ModelAsset): boolean {
  if (scope === null) return true;
  const covered = coveredBy(model, scope);
  return [...asset.tags].some((tag) => covered.has(tag));
}

/** A report is there for who sees everything that its maker saw then (etm.md 1.4). */
export function isReportVisible(model: Model, { scope }: Viewer, report: ModelReport): boolean {
  if (scope === null) return true;
  const covered = coveredBy(model, scope);
  return report.scope !== null && [...report.scope].every((tag) => covered.has(tag));
}

const isLow = ({ addresses }: ModelAsset) => addresses.some((address) => Number(address.split(".")[0]) < 128);

export const ASSET_FILTERS: readonly Meaning<ModelAsset>[] = [
  { text: "", holds: () => true },
  { text: "asset.interface.address:[0.0.0.0 .. 127.255.255.255]", holds: isLow },
  { text: "not asset.interface.address:[0.0.0.0 .. 127.255.255.255]", holds: (asset) => !isLow(asset) },
];
export const RULES: readonly Meaning<ModelAsset>[] = ASSET_FILTERS.slice(1);
export const FINDING_FILTERS: readonly Meaning<ModelFinding>[] = [
  { text: "", holds: () => true },
  { text: "finding.severity>=3", holds: ({ severity }) => severity >= 3 },
  {
    text: "finding.status:[NEW, FIXED] or finding.port:443",
    holds: ({ status, port }) => /NEW|FIXED/.test(status) || port === 443,
  },
];
export const HOST_FILTERS: readonly Meaning<ModelAsset>[] = [
  { text: "", holds: () => true },
  { text: "interfaces.port:102", holds: ({ ports }) => ports.includes(102) },
  { text: "not interfaces.address:[0.0.0.0 .. 127.255.255.255]", holds: (asset) => !isLow(asset) },
];

/** A change that decides who sees what: the scope of the scoped user or of the unit, or the tags; numbers stand for whatever there is, modulo how many there are. */
export type Act =
  | { kind: "scope"; tags: number[] }
  | { kind: "everything" }
  | { kind: "unit"; tags: number[] }
  | { kind: "parent"; tag: number; parent: number | null }
  | { kind: "assets"; tag: number; add: number[]; remove: number[] }
  | { kind: "rule"; tag: number; rule: number | null }
  | { kind: "delete"; tag: number };

const number = fc.nat({ max: 1_000 });
const numbers = fc.array(number, { maxLength: 3 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("scope" as const), tags: numbers }),
  fc.record({ kind: fc.constant("everything" as const) }),
  fc.record({ kind: fc.constant("unit" as const), tags: numbers }),
  fc.record({ kind: fc.constant("parent" as const), tag: number, parent: fc.option(number) }),
  fc.record({ kind: fc.constant("assets" as const), tag: number, add: numbers, remove: numbers }),
  fc.record({ kind: fc.constant("rule" as const), tag: number, rule: fc.option(number) }),
  fc.record({ kind: fc.constant("delete" as const), tag: number }),
);

const host: fc.Arbitrary<SeededHost> = fc
  .record({
    address: fc.ipV4(),
    port: fc.constantFrom(102, 44_818),
    tags: fc.uniqueArray(fc.nat({ max: 2 }), { maxLength: 2 }),
  })
  .map(({ address, port, tags }) => ({
    name: `plc at ${address}`,
    manufacturer: "Siemens",
    family: null,
    orderNumber: null,
    serialNumber: null,
    purdueLevel: 1,
    risk: 0,
    criticality: 2,
    findings: 0,
    tags,
    created: Date.UTC(2026, 0, 1),
    updated: Date.UTC(2026, 0, 2),
    interfaces: [{ address, macAddress: null, protocol: "s7comm", transport: { protocol: "tcp" }, port }],
  }));

const world: fc.Arbitrary<World> = anyWorld.map((one) => ({
  ...one,
  assets: one.assets.map((asset) => ({ ...asset, tagIds: [...new Set(asset.tagIds)] })),
}));

/** What there is, and what is done to it while others look. */
export const anyStory = fc.record({
  world,
  hosts: fc.array(host, { maxLength: 5 }),
  acts: fc.array(act, { minLength: 2, maxLength: 4 }),
  clientTags: numbers,
});
