import { hash } from "node:crypto";
import { findingFingerprint, toIssues } from "@breakwater/domain/identity/index";
import { bestCvss } from "@breakwater/domain/risk/index";
import type { CheckRecord } from "@breakwater/formats/records";

/** What the import needs to know of a check at each of its findings. */
export type KnownCheck = {
  /** Id of the source. */
  vendorId: string;
  /** Row in check_definition; 0 until stored. */
  id: number;
  severity: number;
  /** Detection scores of its findings by their CVE, as they are at `CheckDictionary.settle`. */
  scores: Map<string | null, number>;
  /** Of its findings: see {@link categoryOf}. */
  category: string;
  cvss: number;
  isPatchAvailable: boolean | null;
  cveIds: readonly (string | null)[];
  /** What its findings are keyed by instead of its own id, as it has names but no CVE of its own; null otherwise. */
  issue: string | null;
  hasOwnCves: boolean;
  digest: string;
  /** Fingerprints by location, made when first needed. */
  fingerprints: Map<string, readonly string[]>;
};

/** Fingerprints remembered of all checks together; beyond that all are made anew. */
const MAX_REMEMBERED_FINGERPRINTS = 200_000;

/**
 * The checks of one run as its file tells them: what findings are grouped and keyed by, without a database.
 *
 * Memory grows with the number of different checks, not with findings: prose is dropped once stored.
 */
export class CheckCatalogue {
  protected readonly product: string;
  protected readonly known = new Map<string, KnownCheck>();
  #untold = new Map<string, CheckRecord>();
  #remembered = 0;
  /** Checks that fingerprints are remembered of. */
  readonly #remembering = new Set<KnownCheck>();

  constructor(product: string) {
    this.product = product;
  }

  /**
   * Takes a check in; it is stored with the next batch. Telling the same again is free. Where a file tells a check in
   * several ways the worst word counts, whichever comes first.
   */
  learn(record: CheckRecord): void {
    const digest = checkDigest(record);
    const former = this.known.get(record.id);
    if (former?.digest === digest) return;
    const known = toKnownCheck(this.product, record, digest);
    if (former && !isWorse(known, former)) return;
    // The same object: a batch on its way to the database reads its row id from it.
    if (former) Object.assign(former, { ...known, id: former.id });
    else this.known.set(record.id, known);
    this.#untold.set(record.id, record);
  }

  find(vendorId: string): KnownCheck | undefined {
    return this.known.get(vendorId);
  }

  /** The fingerprints of a check's findings at a location, in the order of `cveIds`. */
  fingerprints(check: KnownCheck, port: number | null, protocol: string | null, instance: string | null) {
    const place = `${port}/${protocol}/${instance ?? ""}${instance === null ? "" : "="}`;
    let found = check.fingerprints.get(place);
    if (!found) {
      const cveIds = check.cveIds.filter((id) => id !== null);
      found = toIssues({ product: this.product, id: check.vendorId, cveIds, name: check.issue }).map((issue) =>
        findingFingerprint(issue, { port, protocol, instance }),
      );
      this.#remember(check, place, found);
    }
    return found;
  }

  #remember(check: KnownCheck, place: string, fingerprints: readonly string[]): void {
    if (this.#remembered >= MAX_REMEMBERED_FINGERPRINTS) {
      for (const one of this.#remembering) one.fingerprints.clear();
      this.#remembering.clear();
      this.#remembered = 0;
    }
    check.fingerprints.set(place, fingerprints);
    this.#remembering.add(check);
    this.#remembered += fingerprints.length;
  }

  /** Checks learned since the last call: to be stored with the batch that uses them. */
  takeUntold(): CheckRecord[] {
    const records = [...this.#untold.values()];
    this.#untold = new Map();
    return records;
  }
}

/** Of a finding: what only informs as its check has it may be worse as the source has it there, and the other way round. */
export function categoryOf(check: KnownCheck, severity: number): string {
  if (check.category !== UNRATED) return check.category;
  return severity > 1 ? "VULNERABILITY" : "INFORMATION";
}

/** By severity, score, what is known of a fix and, so that there always is one, digest. */
function isWorse(a: KnownCheck, b: KnownCheck): boolean {
  const fix = (check: KnownCheck) => [null, false, true].indexOf(check.isPatchAvailable);
  return (a.severity - b.severity || a.cvss - b.cvss || fix(a) - fix(b) || (a.digest > b.digest ? 1 : -1)) > 0;
}

function checkDigest(record: CheckRecord): string {
  return hash("sha256", JSON.stringify(record), "hex");
}

function toKnownCheck(product: string, record: CheckRecord, digest: string): KnownCheck {
  const cveIds = toIssues({ product, id: record.id, cveIds: record.cveIds }).map((issue) =>
    "cveId" in issue ? issue.cveId : null,
  );
  return {
    vendorId: record.id,
    id: 0,
    severity: record.severity,
    scores: new Map(),
    category: toCategory(record),
    cvss: bestCvss(record.cvss)?.score ?? 0,
    isPatchAvailable: record.isPatchAvailable,
    cveIds,
    issue: null,
    hasOwnCves: record.cveIds.length > 0,
    digest,
    fingerprints: new Map(),
  };
}

/** Category of a check whose findings are what their severity makes them. */
const UNRATED = "";

/**
 * What kind of finding a check makes, where its source does not say. A CVE, a CVSS score or a severity above the lowest makes it a vulnerability; a
 * rule of a compliance audit is a misconfiguration; the rest, such as Nessus' severity 0, only informs. All are kept:
 * they say what was looked at, and a source's severity 0 is severity 1 of the product.
 */
function toCategory(record: CheckRecord): string {
  if (record.category) return record.category;
  if (record.cveIds.length > 0) return "VULNERABILITY";
  if (/compliance/i.test(record.family ?? "")) return "MISCONFIGURATION";
  const isScored = (bestCvss(record.cvss)?.score ?? 0) > 0;
  return isScored ? "VULNERABILITY" : UNRATED;
}
