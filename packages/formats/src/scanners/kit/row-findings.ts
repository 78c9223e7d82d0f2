import { hash } from "node:crypto";
import type { CheckRecord } from "../../records.ts";
import type { AssetInput } from "./asset-input.ts";
import type { CheckInput, PlaceInput, ScanWriter } from "./scan-writer.ts";
import { anyFix } from "./values.ts";

type Row = { asset: AssetInput; checkId: string; place: PlaceInput; where: string };

const MAX_ROWS = 100_000;
const MAX_CHARS = 33_554_432;
/** More is not stored of evidence. */
const MAX_EVIDENCE_CHARS = 65_536;

type Check = CheckInput & Pick<CheckRecord, "cveIds" | "cvss">;

/**
 * For files that describe a check anew with each finding, or have a row for each CVE of one: a check has the CVEs of all
 * its rows, and the highest of their severities and scores, whatever their order. That is known at the end of the file
 * only, and of a longer file in parts. Rows that say the same of one finding are told once.
 */
export class RowFindings {
  #rows: Row[] = [];
  #chars = 0;
  readonly #checks = new Map<string, Check>();
  readonly #keys = new Set<string>();

  add(asset: AssetInput, check: CheckInput, place: PlaceInput, out: ScanWriter, where: string): void {
    const known = this.#checks.get(check.id);
    if (!known) this.#checks.set(check.id, { ...check, cveIds: [...(check.cveIds ?? [])], cvss: check.cvss ?? [] });
    else join(known, check);
    const said = [place.port, place.protocol, place.instance, place.state, place.severity, place.evidence];
    const more = [place.typeDetected, place.isDisabled, place.isIgnored, place.customNumbers];
    const dates = [place.firstSeenAt, place.lastSeenAt, place.fixedAt];
    const key = hash(
      "sha256",
      JSON.stringify([asset.ref ?? asset.name, check.id, ...[...said, ...more, ...dates].map((part) => part ?? null)]),
    );
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const evidence = (place.evidence ?? "").slice(0, MAX_EVIDENCE_CHARS).toWellFormed();
    this.#rows.push({ asset, checkId: check.id, place: { ...place, evidence }, where });
    this.#chars += evidence.length;
    if (this.#rows.length < MAX_ROWS && this.#chars < MAX_CHARS) return;
    const message =
      "the file is so long that it is read in parts: what later rows add to checks of earlier ones is left out";
    out.warn("read-in-parts", where, message);
    for (const _ of this.tell(out));
    this.#keys.clear();
  }

  /** Tells one finding at each step. */
  *tell(out: ScanWriter): Generator<undefined> {
    const rows = this.#rows;
    this.#rows = [];
    this.#chars = 0;
    for (const { asset, checkId, place, where } of rows) {
      const check = this.#checks.get(checkId) as Check;
      check.cveIds.sort();
      out.finding(asset, check, place, where);
      yield;
    }
  }
}

/** Joins what a further row says of a check, so that the order of rows does not matter. */
function join(known: Check, check: CheckInput): void {
  const { cveIds = [], cvss = [], severity, sourceSeverity } = check;
  known.isPatchAvailable = anyFix(known.isPatchAvailable, check.isPatchAvailable);
  const isVendorPatchable = anyFix(known.isVendorPatchable, check.isVendorPatchable);
  if (isVendorPatchable !== null) known.isVendorPatchable = isVendorPatchable;
  if (severity > known.severity) {
    known.severity = severity;
    if (sourceSeverity !== undefined) known.sourceSeverity = sourceSeverity;
  }
  for (const id of cveIds) if (!known.cveIds.includes(id)) known.cveIds.push(id);
  const kept = known.cvss.filter((one) => !cvss.some((other) => isHigher(other, one)));
  const added = cvss.filter((other) => !kept.some(({ version }) => version === other.version));
  known.cvss = [...kept, ...added];
}

function isHigher(a: CheckRecord["cvss"][number], b: CheckRecord["cvss"][number]): boolean {
  return a.version === b.version && (a.score ?? 0) > (b.score ?? 0);
}
