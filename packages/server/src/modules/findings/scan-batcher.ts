import { isBundle, toNames } from "@breakwater/domain/identity/index";
import type { AssetRecord, CheckRecord, FindingRecord, Issue, ScanEvent } from "@breakwater/formats/records";
import type { CheckCatalogue, KnownCheck } from "./check-catalogue.ts";
import { AssetObservation } from "./observation.ts";
import { isPossibleTime, type OwnTimes, readOwnTimes } from "./own-times.ts";
import { BatchPacker, type PackedBatch } from "./packed-scan.ts";

/** How far a file has been committed: that many assets whole, and that many records of the next. */
export type ScanPosition = { assets: number; records: number };

export type BatchLimits = {
  /** A batch ends with the asset that brings it to so many findings, assets or characters of evidence. */
  maxFindings: number;
  maxAssets: number;
  maxChars: number;
  /** An asset with more findings than this is cut into pieces. */
  maxAssetFindings: number;
};

export const DEFAULT_BATCH_LIMITS: BatchLimits = {
  maxFindings: 10_000,
  maxAssets: 1_000,
  maxChars: 8_000_000,
  maxAssetFindings: 10_000,
};

/** Of an asset in pieces, so many findings are remembered, to leave out what a later piece repeats. */
const MAX_REMEMBERED_FINDINGS = 500_000;
/** Keys of an index have a limit of their own in PostgreSQL. */
const MAX_CHECK_ID_CHARS = 500;
/** Each makes a finding of its own wherever the check reports. */
const MAX_CHECK_CVES = 2_000;

/**
 * Groups the events of a scan into batches. Where a batch ends depends on the events and the starting position alone, so
 * that a resumed run makes the batches that an undisturbed one would have made.
 */
export class ScanBatcher {
  readonly #dictionary: CheckCatalogue;
  readonly #limits: BatchLimits;
  readonly #start: ScanPosition;
  readonly #importedAt: number;
  readonly #issue: (issue: Issue) => void;
  readonly #packer = new BatchPacker();
  #findings = 0;
  #chars = 0;
  #records = 0;
  #at = 0;
  #current: AssetObservation | null = null;
  /** Assets met, the current one included. */
  #assets = 0;
  /** Records of the current asset. */
  #assetRecords = 0;
  /** Findings of the current asset that its earlier pieces had; null while there is but one piece. */
  #told: Set<string> | null = null;

  constructor(
    dictionary: CheckCatalogue,
    options: { start: ScanPosition; importedAt: number; limits: BatchLimits; issue: (issue: Issue) => void },
  ) {
    this.#dictionary = dictionary;
    this.#start = options.start;
    this.#importedAt = options.importedAt;
    this.#limits = options.limits;
    this.#issue = options.issue;
  }

  /** @returns a batch when the event has filled one */
  add(event: ScanEvent): PackedBatch | undefined {
    switch (event.type) {
      case "asset":
        return this.#startAsset(event.asset);
      case "check":
        if (event.check.id.length <= MAX_CHECK_ID_CHARS) this.#dictionary.learn(this.#bound(event.check));
        return undefined;
      case "finding":
        return this.#addFinding(event.finding);
      case "issue":
        this.#issue(event.issue);
        return undefined;
      default:
        return undefined;
    }
  }

  /** The check with as much of it as is taken in. */
  #bound(check: CheckRecord): CheckRecord {
    const { id, cveIds, aliases } = check;
    const bounded = { ...check };
    const warn = (code: string, message: string) => {
      const isTold = this.#dictionary.find(id) !== undefined;
      if (!isTold) this.#issue({ level: "warning", code, where: `check ${id}`, message });
    };
    if (cveIds.length > MAX_CHECK_CVES) {
      bounded.cveIds = cveIds.slice(0, MAX_CHECK_CVES);
      const message = `the check names ${cveIds.length} CVEs; the first ${MAX_CHECK_CVES} of them were taken in`;
      warn("check-too-many-cves", message);
    }
    if (aliases && isBundle(toNames(aliases), cveIds)) {
      bounded.aliases = [];
      const message = `the check goes by ${aliases.length} other names, of ${cveIds.length} CVEs: too many to be one weakness; these names were left out`;
      warn("check-too-many-aliases", message);
    }
    return bounded;
  }

  /** What is left after the last event. */
  finish(): PackedBatch | undefined {
    this.#closeAsset();
    return this.#packer.count > 0 ? this.#take() : undefined;
  }

  #startAsset(asset: AssetRecord): PackedBatch | undefined {
    this.#closeAsset();
    const { maxFindings, maxAssets, maxChars } = this.#limits;
    const isFull = this.#findings >= maxFindings || this.#packer.count >= maxAssets || this.#chars >= maxChars;
    const batch = isFull ? this.#take() : undefined;
    this.#assets++;
    this.#assetRecords = 0;
    this.#current = new AssetObservation(asset, this.#timeOf(asset));
    this.#at = Math.max(this.#at, this.#current.at);
    const isResumed = this.#assets === this.#start.assets + 1 && this.#start.records > 0;
    this.#current.isWhole = !isResumed;
    this.#told = isResumed ? new Set() : null;
    return batch;
  }

  /** A look of a time to come would make all later ones look old: they would open and close nothing. */
  #timeOf({ scannedAt, name, ref }: AssetRecord): number {
    if (scannedAt === null) return this.#importedAt;
    if (isPossibleTime(scannedAt, this.#importedAt)) return scannedAt;
    if (this.#assets > this.#start.assets) {
      const message = "the date of the scan is before 1990 or still to come: the time of the import counts";
      this.#issue({ level: "warning", code: "scan-date-absurd", where: `asset ${name || ref}`, message });
    }
    return this.#importedAt;
  }

  #addFinding(record: FindingRecord): PackedBatch | undefined {
    const current = this.#current;
    if (!current || record.assetRef !== current.asset.ref) {
      return this.#refuse(
        record,
        "finding-misplaced",
        "the finding does not follow the asset it names; it was left out",
      );
    }
    const check = this.#dictionary.find(record.checkId);
    if (!check) {
      return this.#refuse(
        record,
        "check-unknown",
        "the finding's check is not described, or its id is too long; it was left out",
      );
    }
    this.#assetRecords++;
    if (this.#isRepeated(record, check) || this.#isCommitted()) return undefined;
    current.add(record, check, this.#dictionary, this.#timesOf(record, current.at));
    const isLarge = current.findings.size >= this.#limits.maxAssetFindings || current.chars >= this.#limits.maxChars;
    return isLarge ? this.#takePiece(current) : undefined;
  }

  #timesOf(record: FindingRecord, at: number): OwnTimes | undefined {
    const { times, absurd } = readOwnTimes(record, at);
    if (absurd.length > 0) {
      const message = `the date when it was ${absurd.join(", ")} cannot be: it was left out, and the run's time counts`;
      this.#issue({ level: "warning", code: "finding-dates-absurd", where: record.where, message });
    }
    return times;
  }

  /** Whether a former attempt has committed the current record. */
  #isCommitted(): boolean {
    const { assets, records } = this.#start;
    return this.#assets <= assets || (this.#assets === assets + 1 && this.#assetRecords <= records);
  }

  /** Whether an earlier piece of the asset had the finding; its first report counts, or a re-import would see a change. */
  #isRepeated(record: FindingRecord, check: KnownCheck): boolean {
    if (!this.#told) return false;
    const [fingerprint] = this.#dictionary.fingerprints(check, record.port, record.protocol, record.instance);
    const key = `${fingerprint}/${check.vendorId}`;
    if (this.#told.has(key)) return true;
    if (this.#isCommitted() && this.#told.size < MAX_REMEMBERED_FINDINGS) this.#told.add(key);
    return false;
  }

  #refuse(record: FindingRecord, code: string, message: string): undefined {
    this.#issue({ level: "refused", code, where: record.where, message });
  }

  #closeAsset(): void {
    const current = this.#current;
    this.#current = null;
    if (!current || this.#assets <= this.#start.assets) return;
    if (current.isWhole || current.findings.size > 0) this.#keep(current);
  }

  #keep(observation: AssetObservation): void {
    this.#packer.add(observation);
    this.#findings += observation.findings.size;
    this.#chars += observation.chars;
    this.#records += observation.records;
  }

  #takePiece(current: AssetObservation): PackedBatch {
    current.isWhole = false;
    this.#keep(current);
    this.#told ??= new Set();
    for (const [fingerprint, { checks }] of current.findings) {
      if (this.#told.size >= MAX_REMEMBERED_FINDINGS) break;
      for (const { check } of checks) this.#told.add(`${fingerprint}/${check.vendorId}`);
    }
    const batch = this.#take({ assets: this.#assets - 1, records: this.#assetRecords });
    this.#current = new AssetObservation(current.asset, current.at);
    this.#current.isWhole = false;
    return batch;
  }

  #take(end: ScanPosition = { assets: this.#assets, records: 0 }): PackedBatch {
    const batch = {
      assets: this.#packer.take(),
      checks: this.#dictionary.takeUntold(),
      at: this.#at,
      records: this.#records,
      end,
    };
    this.#findings = 0;
    this.#chars = 0;
    this.#records = 0;
    return batch;
  }
}
