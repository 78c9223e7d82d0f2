import type { AssetRecord, CheckRecord, FindingRecord, Issue, ScanEvent, ScanRun, Severity } from "../../records.ts";
import { type AssetInput, mergeAssets, toAsset } from "./asset-input.ts";
import { anyFix } from "./values.ts";

/** A check as a mapping knows it: what is absent is empty. */
export type CheckInput = Pick<CheckRecord, "id" | "title" | "severity"> & Partial<CheckRecord>;

/** Where and how one asset has a check. */
export type PlaceInput = Partial<Omit<FindingRecord, "assetRef" | "checkId" | "where">>;

export type ScanWriterLimits = {
  /** Findings held to bring those of one asset together; more than that, and an asset is told again. */
  maxHeldFindings: number;
  maxHeldChars: number;
  /** Characters kept of one text; longer ones are cut, with a warning. */
  maxTextChars: number;
  /** Issues told one by one for each code; the rest is counted. */
  maxIssuesPerCode: number;
};

export const defaultScanWriterLimits: ScanWriterLimits = {
  maxHeldFindings: 20_000,
  maxHeldChars: 16_777_216,
  maxTextChars: 1_048_576,
  maxIssuesPerCode: 1_000,
};

const MAX_TITLE_CHARS = 1_000;
/** Keys of an index have a limit in PostgreSQL. */
const MAX_ID_CHARS = 500;
const MAX_INSTANCE_CHARS = 1_000;
const MAX_VERSION_CHARS = 255;
const BATCH_EVENTS = 500;
/** So long the product's name is waited for, which must come first. */
const MAX_EVENTS_BEFORE_RUN = 50_000;
/** Of what records tell of checks, kept in case that a later one names a fix. */
const MAX_KEPT_CHARS = 32_000_000;

/** How bad a check was told to be, and what was told of a fix. */
type Rank = Pick<CheckRecord, "severity" | "isPatchAvailable"> & {
  score: number;
  isAhead: boolean;
  /** The record that told it so; null where as much is kept in memory as may be. */
  input: CheckInput | null;
};

type Held = { asset: AssetRecord; findings: HeldFinding[] };
/** `rated`: the severity of the record that describes the check; undefined where the check was told ahead. */
type HeldFinding = { finding: FindingRecord; rated: Severity | undefined };

/**
 * Turns what a mapping says of one record after another into scan events in their promised order: run first, an asset
 * before its findings, a check before the first finding that names it. Findings may come in any order: those of one asset
 * are brought together as far as memory is bounded.
 *
 * Of a check that its findings describe the worst word counts, by severity and score, so that the order of the findings
 * does not; each keeps the severity that its own record gives. A check that is told ahead stays as it was told. What any
 * record says of a fix is the check's, which is told again with it.
 */
export class ScanWriter {
  /** Set to false when something was left out that the file holds. */
  isComplete = true;
  readonly #limits: ScanWriterLimits;
  readonly #told = new Map<string, Rank>();
  readonly #issueCounts = new Map<string, { issue: Issue; count: number }>();
  /** Assets without findings, already told: telling them again for nothing would cost the sink an observation. */
  #held = new Map<string, Held>();
  #heldFindings = 0;
  #heldChars = 0;
  #ready: ScanEvent[] = [];
  readonly #product: string;
  #hasRun = false;
  #cutOff: Issue | null = null;
  /** Records whose end of the file would have told what they are about. */
  #leftOut = 0;
  #hasTold = false;
  #keptChars = 0;

  /** @param options.product of a file that does not tell one; with `tellsProduct` it is waited for */
  constructor(options: { product: string; tellsProduct?: boolean; limits?: Partial<ScanWriterLimits> | undefined }) {
    this.#limits = { ...defaultScanWriterLimits, ...options.limits };
    this.#product = options.product;
    if (options.tellsProduct !== true) this.run({ product: options.product, name: null });
  }

  /** The product that made the file; the first word counts. */
  run(run: ScanRun): void {
    if (this.#hasRun) return;
    this.#hasRun = true;
    this.#ready.unshift({ type: "run", run });
  }

  /** Tells an asset, with or without findings to come. @returns its reference */
  asset(input: AssetInput): string {
    const asset = toAsset(input);
    const held = this.#held.get(asset.ref);
    if (held) held.asset = mergeAssets(held.asset, asset);
    else {
      if (this.#held.size >= this.#limits.maxHeldFindings) this.#release();
      this.#held.set(asset.ref, { asset, findings: [] });
    }
    return asset.ref;
  }

  /** Tells a check ahead of its findings, for files that describe checks apart. @returns false when it cannot be used */
  check(input: CheckInput, where: string): boolean {
    return this.#tellCheck(input, where, true);
  }

  hasCheck(id: string): boolean {
    return this.#told.has(id);
  }

  /** One asset has the check at a place. */
  finding(asset: AssetInput, check: CheckInput, place: PlaceInput, where: string): void {
    if (asset.name.trim() === "") {
      this.refuse("asset-missing", where, "the record does not say which host or thing it is about; it was left out");
      return;
    }
    if (!this.#tellCheck(check, where, false)) return;
    const ref = this.asset(asset);
    const finding: FindingRecord = {
      ...place,
      assetRef: ref,
      checkId: check.id,
      port: place.port ?? null,
      protocol: place.protocol?.toLowerCase() || null,
      instance: place.instance ? this.#cut(place.instance, MAX_INSTANCE_CHARS) : null,
      evidence: this.#cutTold(place.evidence ?? "", where),
      where,
    };
    if (finding.productVersion !== undefined) {
      finding.productVersion = this.#cut(finding.productVersion, MAX_VERSION_CHARS);
    }
    const rated = this.#told.get(check.id)?.isAhead ? undefined : check.severity;
    (this.#held.get(ref) as Held).findings.push({ finding, rated });
    this.#heldFindings++;
    this.#heldChars += finding.evidence.length;
    const { maxHeldFindings, maxHeldChars } = this.#limits;
    if (this.#heldFindings >= maxHeldFindings || this.#heldChars >= maxHeldChars) this.#release();
  }

  /** A record was left out. */
  refuse(code: string, where: string, message: string): void {
    this.isComplete = false;
    this.#report({ level: "refused", code, where, message });
  }

  /** A record was kept, but something about it is worth a look. */
  warn(code: string, where: string, message: string): void {
    this.#report({ level: "warning", code, where, message });
  }

  /** The scan itself did not come to its end: what it did not find proves nothing. */
  unfinished(where: string, reason: string): void {
    this.isComplete = false;
    this.warn("scan-unfinished", where, `${reason}: what it found is imported, and it closes no findings`);
  }

  /** A warning that others have worded, if there is one. */
  warnOf(issue: Issue | null): void {
    if (issue) this.#report(issue);
  }

  /** Nothing of the file can be used. */
  fail(code: string, where: string, message: string): void {
    this.isComplete = false;
    this.#ready.push({ type: "issue", issue: { level: "refused", code, where, message, fatal: true } });
  }

  /** Nothing more of the file can be read; what became of the part before is told at the end, when it is known. */
  breakOff(code: string, where: string, message: string): void {
    this.isComplete = false;
    this.#cutOff = { level: "refused", code, where, message, fatal: true };
  }

  /** The file broke off: what it has not told by now it never does. */
  get isCutOff(): boolean {
    return this.#cutOff !== null;
  }

  /**
   * A record was left out because the file broke off before what it refers to: under a stand-in's name it would stay
   * beside the right one for ever.
   */
  refuseCutOff(where: string): void {
    const message =
      "the file breaks off before it tells what this record refers to; it was left out: import the whole file";
    this.#leftOut++;
    this.refuse("record-cut-off", where, message);
  }

  get isBatchFull(): boolean {
    return this.#ready.length >= (this.#hasRun ? BATCH_EVENTS : MAX_EVENTS_BEFORE_RUN);
  }

  takeBatch(): ScanEvent[] {
    this.run({ product: this.#product, name: null });
    const batch = this.#ready;
    this.#ready = [];
    return batch;
  }

  /** The last events. */
  finish(): ScanEvent[] {
    this.#release();
    if (this.#cutOff) this.#ready.push({ type: "issue", issue: this.#toBreak(this.#cutOff) });
    for (const { issue, count } of this.#issueCounts.values()) {
      const untold = count - this.#limits.maxIssuesPerCode;
      if (untold <= 0) continue;
      const message = `${untold} more issues of this kind were counted but not listed`;
      this.#ready.push({ type: "issue", issue: { ...issue, where: "end of file", message, count: untold } });
    }
    return [...this.takeBatch(), { type: "end", isComplete: this.isComplete }];
  }

  #toBreak(issue: Issue): Issue {
    const rest = this.#hasTold ? "; what stands before was imported" : "";
    if (this.#leftOut === 0) return { ...issue, message: issue.message + rest };
    const records = this.#leftOut === 1 ? "1 record before it was" : `${this.#leftOut} records before it were`;
    const why = `${records} left out, as only the part that is missing tells what they are about`;
    const others = this.#hasTold ? ", the others were imported" : "";
    return { ...issue, message: `${issue.message}; ${why}${others}: import the whole file` };
  }

  #tellCheck(input: CheckInput, where: string, isAhead: boolean): boolean {
    if (input.id === "" || input.id.length > MAX_ID_CHARS) {
      const why = input.id === "" ? "has no id of its check" : `has a check id longer than ${MAX_ID_CHARS} characters`;
      this.refuse("check-id-unusable", where, `the record ${why}; it was left out`);
      return false;
    }
    const told = this.#told.get(input.id);
    const rank = toRank(input, isAhead);
    const isWorse = !told || (!told.isAhead && !isAhead && isMoreSevere(rank, told));
    const isPatchAvailable = anyFix(rank.isPatchAvailable, told?.isPatchAvailable);
    if (isWorse) this.#keptChars += charsOf(input) - (told?.input ? charsOf(told.input) : 0);
    else if (isPatchAvailable === told.isPatchAvailable) return true;
    const word = isWorse ? { ...rank, input: this.#keptChars > MAX_KEPT_CHARS ? null : input } : told;
    this.#told.set(input.id, { ...word, isPatchAvailable });
    // Of a lesser record only the fix counts. Beyond all that is kept in memory the worst one's word on that stands.
    const worst = isWorse ? input : told.input;
    if (worst) this.#ready.push({ type: "check", check: this.#toCheck({ ...worst, isPatchAvailable }, where) });
    return true;
  }

  #toCheck(input: CheckInput, where: string): CheckRecord {
    return {
      sourceSeverity: "",
      cveIds: [],
      cweIds: [],
      cvss: [],
      family: null,
      publishedAt: null,
      patchPublishedAt: null,
      isExploitAvailable: null,
      isPatchAvailable: null,
      references: [],
      ...input,
      title: this.#cut(input.title.trim() || input.id, MAX_TITLE_CHARS),
      description: this.#cutTold(input.description ?? "", where),
      solution: this.#cutTold(input.solution ?? "", where),
    };
  }

  #release(): void {
    this.#hasTold ||= this.#held.size > 0;
    for (const { asset, findings } of this.#held.values()) {
      this.#ready.push({ type: "asset", asset });
      for (const { finding, rated } of findings) {
        const isOwn = rated !== undefined && rated !== this.#told.get(finding.checkId)?.severity;
        if (isOwn) finding.severity ??= rated;
        this.#ready.push({ type: "finding", finding });
      }
    }
    this.#held = new Map();
    this.#heldFindings = 0;
    this.#heldChars = 0;
  }

  #report(issue: Issue): void {
    const kind = `${issue.level} ${issue.code}`;
    const entry = this.#issueCounts.get(kind) ?? { issue, count: 0 };
    entry.count++;
    this.#issueCounts.set(kind, entry);
    if (entry.count <= this.#limits.maxIssuesPerCode) this.#ready.push({ type: "issue", issue });
  }

  #cutTold(text: string, where: string): string {
    if (text.length <= this.#limits.maxTextChars) return text;
    this.warn("text-cut", where, `a text of ${text.length} characters was cut to ${this.#limits.maxTextChars}`);
    return this.#cut(text, this.#limits.maxTextChars);
  }

  /** Never ends in half a surrogate pair, which no database takes. */
  #cut(text: string, maxChars: number): string {
    return text.length <= maxChars ? text : text.slice(0, maxChars).toWellFormed();
  }
}

function toRank({ severity, cvss = [], isPatchAvailable = null }: CheckInput, isAhead: boolean): Omit<Rank, "input"> {
  const score = cvss.reduce((best, one) => Math.max(best, one.score ?? 0), 0);
  return { severity, isPatchAvailable, score, isAhead };
}

/** About how much text it holds. */
function charsOf({ title, description = "", solution = "", references = [] }: CheckInput): number {
  return title.length + description.length + solution.length + references.join("").length + 500;
}

function isMoreSevere(a: Omit<Rank, "input">, b: Rank): boolean {
  return (a.severity - b.severity || a.score - b.score) > 0;
}

/** What is left to tell at the end of a file, in batches: `steps` tells some of it at each step. */
export function* inBatches(steps: Iterable<unknown>, out: ScanWriter): Generator<ScanEvent[]> {
  for (const _ of steps) if (out.isBatchFull) yield out.takeBatch();
}
