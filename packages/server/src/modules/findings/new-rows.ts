import type { Transaction } from "kysely";
import { copyInto } from "../../db/copy-in.ts";
import { CopyRows } from "../../db/copy-rows.ts";
import type { Attribution } from "./attribution.ts";
import type { FindingState } from "./life-cycle.ts";
import { type FindingPlace, SHARED_BYTES, type WrittenWord, writePlace } from "./plain-rows.ts";

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
    "told",
    "severity",
    "fingerprint",
    "evidence",
  ],
];

/** Whose a finding is. */
type FindingOwner = { subscriptionId: number; assetId: number };
type NewState = Pick<
  FindingState,
  "checkId" | "status" | "firstFound" | "lastFound" | "lastFixed" | "closedAt" | "isOneTime"
>;
type NewAttribution = Omit<Attribution, "vendorId" | "severity" | "evidence" | "marks" | "seenAt">;

/** Whose a plain finding is, and when it was seen: epoch ms. */
export type PlainOwner = FindingOwner & { connectionId: number; at: number };
/** What the subscription knows of a check and CVE. */
export type KnownKind = { checkId: number; qds: number };

const NEVER_FIXED = { lastFixed: null, closedAt: null, isOneTime: true };
const PLAINLY_THERE = {
  ...{ isPresent: true, isMitigated: false, isAliased: false },
  ...{ goneAt: null, toldFirst: null, toldLast: null, remarks: null },
};

/** Rows of new findings and of their attributions, on their way into the tables. */
export class NewRows {
  readonly #findings = new CopyRows();
  readonly #attributions = new CopyRows();

  clear(): void {
    this.#findings.clear();
    this.#attributions.clear();
  }

  addFinding(owner: FindingOwner, state: NewState & { severity: number }, place: FindingPlace, qds: number): void {
    this.#startFinding(owner, state, qds);
    writePlace(this.#findings, state.severity, place);
  }

  addAttribution(
    owner: FindingOwner,
    fingerprint: string,
    one: Omit<Attribution, "vendorId" | "marks" | "seenAt">,
  ): void {
    this.#startAttribution(owner, one);
    this.#attributions.int2(one.severity);
    this.#attributions.uuid(fingerprint);
    this.#attributions.text(one.evidence);
  }

  /** Adds a plain finding that nothing was known of with its attribution: what `observeFinding` makes of it. */
  addPlain({ connectionId, at, ...owner }: PlainOwner, { checkId, qds }: KnownKind, word: WrittenWord): void {
    const { bytes, start, evidence, end } = word;
    const state = { checkId, status: "NEW" as const, firstFound: at, lastFound: at, ...NEVER_FIXED };
    this.#startFinding(owner, state, qds);
    this.#findings.columns(bytes, start, evidence);
    this.#startAttribution(owner, { connectionId, checkId, firstSeen: at, lastSeen: at, ...PLAINLY_THERE });
    this.#attributions.columns(bytes, start, start + SHARED_BYTES);
    this.#attributions.columns(bytes, evidence, end);
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

  #startFinding({ subscriptionId, assetId }: FindingOwner, state: NewState, qds: number): void {
    const rows = this.#findings;
    rows.start(FINDING_COLUMNS.length);
    rows.int4(subscriptionId);
    rows.int8(assetId);
    rows.int8(state.checkId);
    rows.int2(qds);
    rows.time(state.firstFound);
    rows.time(state.lastFound);
    rows.time(state.lastFixed);
    rows.text(state.status);
    rows.time(state.closedAt);
    rows.bool(state.isOneTime);
  }

  #startAttribution({ subscriptionId, assetId }: FindingOwner, one: NewAttribution): void {
    const rows = this.#attributions;
    rows.start(ATTRIBUTION_COLUMNS.length);
    rows.int4(subscriptionId);
    rows.int8(assetId);
    rows.int4(one.connectionId);
    rows.int8(one.checkId);
    rows.time(one.firstSeen);
    rows.time(one.lastSeen);
    rows.bool(one.isPresent);
    rows.bool(one.isMitigated);
    rows.bool(one.isAliased);
    rows.time(one.goneAt);
    rows.time(one.toldFirst);
    rows.time(one.toldLast);
    rows.jsonb(one.remarks);
  }
}
