import { findingFingerprint } from "@breakwater/domain/identity/index";
import {
  type AdvisoryVerdict,
  type CompiledProduct,
  keysOfHost,
  type MatchedDevice,
  matchHost,
} from "@breakwater/domain/ot/advisories/index";
import type { Hardware } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";
import { checkIdOf } from "./advisory-checks.ts";
import type { StoredVulnerability } from "./advisory-store.ts";
import type { DetectionWords, Told } from "./describe-detections.ts";
import { ADVISORY_MATCHING } from "./matching-lock.ts";

type Tx = Transaction<unknown>;

/** A vulnerability as findings and detections are made of it. */
export type KnownVulnerability = StoredVulnerability & {
  fingerprint: string;
  /** The source's own id of its check. */
  vendorId: string;
  /** Undefined: it has none, and makes no finding. */
  checkId: number | undefined;
};

/** Hosts of which matching sees the same. */
type KnownKind = { keys: readonly string[]; verdicts: readonly AdvisoryVerdict[] | undefined };

/** What matching looks at: of the hardware all but the serial number. */
const KIND_MEMBERS: (keyof MatchedDevice | keyof Hardware)[] = [
  ...(["place", "isFirmwareProven", "hardware"] as const),
  ...(["manufacturer", "type", "category", "family", "model", "orderNumber", "catalogNumber"] as const),
  ...(["firmwareVersion", "hardwareRevision"] as const),
];
/** A verdict with its evidence, as a detection and as a finding. */
const EVIDENCE_CHARS = 1_500;

/** Of all subscriptions, as JSON: a mirror of the public advisories has 12 MB. */
const MAX_CHARS = 48 * 2 ** 20;

/**
 * What the advisories of a subscription say, as far as hosts asked for it: kept as long as no advisory changes, so that a
 * host that is matched again costs no look at them.
 */
export class KnownAdvisories {
  readonly #subscriptionId: number;
  readonly #byKey = new Map<string, CompiledProduct[]>();
  /** A product that several keys lead to is one. */
  readonly #products = new Map<string, CompiledProduct>();
  readonly #vulnerabilities = new Map<string, readonly KnownVulnerability[]>();
  readonly #words = new Map<string, DetectionWords>();
  readonly #kinds = new Map<string, KnownKind>();
  readonly #told = new WeakMap<readonly AdvisoryVerdict[], Told>();
  chars = 0;

  constructor(subscriptionId: number) {
    this.#subscriptionId = subscriptionId;
  }

  /** Products by key, for these keys. */
  async productsOf(tx: Tx, keys: Iterable<string>): Promise<ReadonlyMap<string, readonly CompiledProduct[]>> {
    const missing = [...new Set(keys)].filter((key) => !this.#byKey.has(key));
    if (missing.length === 0) return this.#byKey;
    const { rows } = await sql<{ id: string; content: CompiledProduct; chars: number }>`
      SELECT advisory_id || '/' || ordinal AS id, content, pg_column_size(content) AS chars FROM ot_advisory_product
      WHERE subscription_id = ${this.#subscriptionId} AND keys && ${missing}::text[] ORDER BY advisory_id, ordinal`.execute(
      tx,
    );
    for (const key of missing) this.#byKey.set(key, []);
    const added = new Set(missing);
    for (const { id, content, chars } of rows) {
      if (!this.#products.has(id)) this.chars += chars;
      const product = this.#products.get(id) ?? content;
      this.#products.set(id, product);
      for (const { key } of product.keys) if (added.has(key)) this.#byKey.get(key)!.push(product);
    }
    return this.#byKey;
  }

  /** Reads what these advisories say, as far as it is not known. */
  async learn(tx: Tx, advisoryIds: Iterable<string>): Promise<void> {
    const missing = [...new Set(advisoryIds)].filter((id) => !this.#vulnerabilities.has(id));
    if (missing.length === 0) return;
    const { rows } = await sql<{ id: string; vulnerabilities: StoredVulnerability[]; chars: number }>`
      SELECT id, vulnerabilities, pg_column_size(vulnerabilities) AS chars FROM ot_advisory
      WHERE subscription_id = ${this.#subscriptionId} AND id = ANY (${missing})`.execute(tx);
    const named = rows.map(({ id, vulnerabilities, chars }) => ({
      id,
      chars,
      vulnerabilities: vulnerabilities.map((one, index) => withNames(one, checkIdOf(id, one, index))),
    }));
    const checks = await this.#readCheckIds(
      tx,
      named.flatMap(({ vulnerabilities }) => vulnerabilities),
    );
    for (const { id, vulnerabilities, chars } of named) {
      this.#vulnerabilities.set(
        id,
        vulnerabilities.map((one) => ({ ...one, checkId: checks.get(one.vendorId) })),
      );
      // Stored compressed.
      this.chars += 3 * chars;
    }
  }

  /** @param advisoryId of which it has learned */
  vulnerabilitiesOf(advisoryId: string): readonly KnownVulnerability[] {
    return this.#vulnerabilities.get(advisoryId) ?? [];
  }

  /** What is made of what the advisories say: once for all hosts of which they say the same. */
  wordsOf(key: string, make: () => DetectionWords): DetectionWords {
    const known = this.#words.get(key);
    if (known) return known;
    const words = make();
    this.#words.set(key, words);
    this.chars += key.length + words.threat.length + words.solution.length;
    return words;
  }

  /** What is known of hosts that have these devices: a plant has thousands of hosts and some hundred kinds of them. */
  kindOf(devices: readonly MatchedDevice[]): KnownKind {
    const name = JSON.stringify(devices, KIND_MEMBERS);
    const known = this.#kinds.get(name);
    if (known) return known;
    const kind = { keys: keysOfHost(devices), verdicts: undefined };
    this.#kinds.set(name, kind);
    this.chars += name.length + kind.keys.join().length;
    return kind;
  }

  /** @param devices of which the products are known, by {@link productsOf} */
  verdictsOf(devices: readonly MatchedDevice[]): readonly AdvisoryVerdict[] {
    const kind = this.kindOf(devices);
    if (kind.verdicts === undefined) {
      kind.verdicts = matchHost(devices, this.#byKey);
      for (const { verdicts } of kind.verdicts) this.chars += EVIDENCE_CHARS * verdicts.length;
    }
    return kind.verdicts;
  }

  /** What is told of hosts with these verdicts: once for all of one kind. */
  toldOf(verdicts: readonly AdvisoryVerdict[], make: () => Told): Told {
    const known = this.#told.get(verdicts);
    if (known) return known;
    const told = make();
    this.#told.set(verdicts, told);
    return told;
  }

  async #readCheckIds(tx: Tx, vulnerabilities: readonly { vendorId: string }[]): Promise<Map<string, number>> {
    const { rows } = await sql<{ id: number; vendorId: string }>`
      SELECT id, vendor_id AS "vendorId" FROM check_definition
      WHERE subscription_id = ${this.#subscriptionId} AND product = ${ADVISORY_MATCHING}
        AND vendor_id = ANY (${vulnerabilities.map(({ vendorId }) => vendorId)})`.execute(tx);
    return new Map(rows.map(({ id, vendorId }) => [vendorId, id]));
  }
}

function withNames(vulnerability: StoredVulnerability, vendorId: string): Omit<KnownVulnerability, "checkId"> {
  const { cveId } = vulnerability;
  const issue = cveId === null ? { product: ADVISORY_MATCHING, checkId: vendorId } : { cveId };
  const fingerprint = findingFingerprint(issue, { port: null, protocol: null, instance: null });
  return { ...vulnerability, vendorId, fingerprint };
}

/** By version, the one used last at the end. A version is never given twice, not even by a transaction that is rolled back. */
const known = new Map<string, KnownAdvisories>();
const MAX_VERSIONS = 16;

/** What is known at a version of the subscription's advisories; null: there was none yet. The matching is locked. */
export function knownAdvisories(subscriptionId: number, version: string | null): KnownAdvisories {
  if (version === null) return new KnownAdvisories(subscriptionId);
  const own = known.get(version) ?? new KnownAdvisories(subscriptionId);
  known.delete(version);
  let chars = [...known.values()].reduce((sum, one) => sum + one.chars, own.chars);
  for (const [other, { chars: its }] of known) {
    if (chars <= MAX_CHARS && known.size < MAX_VERSIONS) break;
    known.delete(other);
    chars -= its;
  }
  const kept = own.chars <= MAX_CHARS ? own : new KnownAdvisories(subscriptionId);
  known.set(version, kept);
  return kept;
}

/** Has everybody read anew what advisories say. The matching is locked. */
export async function changeVersion(tx: Tx, subscriptionId: number): Promise<void> {
  await sql`
    INSERT INTO ot_advisory_version (subscription_id, version) VALUES (${subscriptionId}, gen_random_uuid())
    ON CONFLICT (subscription_id) DO UPDATE SET version = excluded.version`.execute(tx);
}
