import type { Transaction } from "kysely";
import { copyInto } from "../../db/copy-in.ts";
import { CopyRows } from "../../db/copy-rows.ts";
import type { Attribution } from "./attribution.ts";
import type { FindingState } from "./life-cycle.ts";
import { type FindingPlace, type PlainRange, SHARED_BYTES, wordAt, writePlace } from "./plain-rows.ts";

/** What a report alone tells comes last, in both tables alike, so that it can be written before the rest is known. */
const FINDING_COLUMNS = [
  ...["subscription_id", "asset_id", "check_id", "qds", "first_found", "last_found", "last_fixed", "status"],
  ...["closed_at", "is_one_time"],
  ...["severity", "fingerprint", "cve_id", "category", "port", "protocol", "instance"],
];
const ATTRIBUTION_COLUMNS = [
  ...["subscription_id", "asset_id", "connection_id", "check_id", "first_seen", "last_seen", "is_present"],
  ...[
    "is_mitigated",
    "is_aliased",
    "gone_at",
    "told_first",
    "told_last",
    "severity",
    "fingerprint",
    "told",
    "evidence",
  ],
];

/** Whose a finding is. */
type FindingOwner = { subscriptionId: number; assetId: number };
type NewState = Pick<
  FindingState,
  "checkId" | "status" | "firstFound" | "lastFound" | "lastFixed" | "closedAt" | "isOneTime"
>;
type NewAttribution = Omit<Attribution, "vendorId" | "severity" | "remarks" | "evidence" | "marks" | "seenAt">;

const START_BYTES = 256;

/** Whose a plain finding is, and when it was seen: epoch ms. */
export type PlainOwner = FindingOwner & { connectionId: number; at: number };
/** What the subscription knows of a check and CVE. */
export type KnownKind = { checkId: number; qds: number };

const NEVER_FIXED = { lastFixed: null, closedAt: null, isOneTime: true };
const PLAINLY_THERE = {
  ...{ isPresent: true, isMitigated: false, isAliased: false },
  ...{ goneAt: null, toldFirst: null, toldLast: null },
};

/** Rows of new findings and of their attributions, on their way into the tables. */
export class NewRows {
  readonly #findings = new CopyRows();
  readonly #attributions = new CopyRows();
  /** What plain findings of an asset begin with. */
  readonly #findingStart = new CopyRows(START_BYTES);
  readonly #attributionStart = new CopyRows(START_BYTES);

  clear(): void {
    this.#findings.clear();
    this.#attributions.clear();
  }

  addFinding(owner: FindingOwner, state: NewState & { severity: number }, place: FindingPlace, qds: number): void {
    startFinding(this.#findings, owner, state, qds);
    writePlace(this.#findings, state.severity, place);
  }

  addAttribution(
    owner: FindingOwner,
    fingerprint: string,
    one: Omit<Attribution, "vendorId" | "marks" | "seenAt">,
  ): void {
    startAttribution(this.#attributions, owner, one);
    this.#attributions.int2(one.severity);
    this.#attributions.uuid(fingerprint);
    this.#attributions.jsonb(one.remarks);
    this.#attributions.text(one.evidence);
  }

  /**
   * Adds plain findings of one asset that nothing was known of, with their attributions: what `observeFinding` makes of them.
   * What the database alone knows is the same for each, but for the check and its score.
   *
   * @param kinds by their numbers in `plain`
   */
  addPlain(owner: PlainOwner, kinds: readonly KnownKind[], { plain, from, to }: PlainRange): void {
    const { connectionId, at } = owner;
    const { buffer, byteOffset, length } = plain.bytes;
    const told = Buffer.from(buffer, byteOffset, length);
    const state = { checkId: 0, status: "NEW" as const, firstFound: at, lastFound: at, ...NEVER_FIXED };
    const finding = startFinding(this.#findingStart, owner, state, 0);
    const present = { connectionId, checkId: 0, firstSeen: at, lastSeen: at, ...PLAINLY_THERE };
    const attribution = startAttribution(this.#attributionStart, owner, present);
    const [findingStart, attributionStart] = [this.#findingStart.written(), this.#attributionStart.written()];
    for (let index = from; index < to; index++) {
      const { start, word, end, kind } = wordAt(plain, index);
      const { checkId, qds } = kinds[kind]!;
      this.#findingStart.setInt8(finding.checkEnd, checkId);
      this.#findingStart.setInt2(finding.qdsEnd, qds);
      this.#findings.columns(findingStart, 0, findingStart.length);
      this.#findings.columns(told, start, word);
      this.#attributionStart.setInt8(attribution.checkEnd, checkId);
      this.#attributions.columns(attributionStart, 0, attributionStart.length);
      this.#attributions.columns(told, start, start + SHARED_BYTES);
      this.#attributions.columns(told, word, end);
    }
    this.#findingStart.clear();
    this.#attributionStart.clear();
  }

  /** The rows of both tables, as they are. */
  written(): { findings: Uint8Array; attributions: Uint8Array } {
    return { findings: this.#findings.written(), attributions: this.#attributions.written() };
  }

  /** Empties itself into the tables. */
  async insert(tx: Transaction<unknown>): Promise<void> {
    const { findings, attributions } = this.written();
    if (findings.length === 0) return;
    await copyInto(tx, "finding", FINDING_COLUMNS, findings);
    await copyInto(tx, "finding_source", ATTRIBUTION_COLUMNS, attributions);
    this.clear();
  }
}

function startFinding(rows: CopyRows, { subscriptionId, assetId }: FindingOwner, state: NewState, qds: number) {
  rows.start(FINDING_COLUMNS.length);
  rows.int4(subscriptionId);
  rows.int8(assetId);
  rows.int8(state.checkId);
  const checkEnd = rows.byteLength;
  rows.int2(qds);
  const qdsEnd = rows.byteLength;
  rows.time(state.firstFound);
  rows.time(state.lastFound);
  rows.time(state.lastFixed);
  rows.text(state.status);
  rows.time(state.closedAt);
  rows.bool(state.isOneTime);
  return { checkEnd, qdsEnd };
}

function startAttribution(rows: CopyRows, { subscriptionId, assetId }: FindingOwner, one: NewAttribution) {
  rows.start(ATTRIBUTION_COLUMNS.length);
  rows.int4(subscriptionId);
  rows.int8(assetId);
  rows.int4(one.connectionId);
  rows.int8(one.checkId);
  const checkEnd = rows.byteLength;
  rows.time(one.firstSeen);
  rows.time(one.lastSeen);
  rows.bool(one.isPresent);
  rows.bool(one.isMitigated);
  rows.bool(one.isAliased);
  rows.time(one.goneAt);
  rows.time(one.toldFirst);
  rows.time(one.toldLast);
  return { checkEnd };
}
