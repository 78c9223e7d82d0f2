import { CopyRows } from "../../db/copy-rows.ts";
import type { ObservedFinding } from "./observation.ts";
import type { Remarks } from "./remarks.ts";

/** Where a finding stands, and what kind it is. */
export type FindingPlace = {
  fingerprint: string;
  cveId: string | null;
  category: string;
  port: number | null;
  protocol: string | null;
  instance: string | null;
};

/**
 * Findings that one check tells of in one way, with the columns that both their rows get from the report already written.
 * Equal findings have equal bytes.
 */
export type PlainRows = {
  bytes: Uint8Array<ArrayBuffer>;
  /** Of each finding: where it begins, where what only its attribution has does, and which of the kinds it is. */
  places: Uint32Array<ArrayBuffer>;
  /** Checks, by their source's own id, with the CVEs that they are reported for. */
  kinds: [vendorId: string, cveId: string | null][];
};

/** Those `from` to before `to` of a batch's. */
export type PlainRange = { plain: PlainRows; from: number; to: number };

/** Numbers of `places` for each finding. */
const STEP = 3;

/** Findings of a usual batch. */
const FIRST_PLACES = 8192;

/** Whether the finding can stand in {@link PlainRows}: nothing is told of it that these have no room for. */
export function isPlain({ checks }: ObservedFinding): boolean {
  const [told] = checks;
  return (
    checks.length === 1 &&
    told!.evidence.length === 1 &&
    told!.state === undefined &&
    !told!.times &&
    told!.check.issue === null
  );
}

/** Writes plain findings, batch by batch: the memory they are written in is used over and over. */
export class PlainRowsWriter {
  readonly #rows = new CopyRows();
  #places = new Uint32Array(STEP * FIRST_PLACES);
  #count = 0;
  #kinds: PlainRows["kinds"] = [];
  #kindsByCheck = new Map<string, Map<string | null, number>>();

  /** So many findings of the batch have been written. */
  get count(): number {
    return this.#count;
  }

  add(finding: ObservedFinding): void {
    const { check, severity, evidence, remarks } = finding.checks[0]!;
    const at = STEP * this.#count++;
    if (at === this.#places.length) this.#grow();
    const places = this.#places;
    places[at] = this.#rows.byteLength;
    writePlace(this.#rows, severity, finding);
    places[at + 1] = this.#rows.byteLength;
    places[at + 2] = this.#kindOf(check.vendorId, finding.cveId);
    this.#rows.jsonb(remarks ?? null);
    this.#rows.text(evidence[0]!);
  }

  /** The bytes of the findings from one on, until anything else is written. */
  written(from: number): Uint8Array {
    return this.#rows.written(this.#places[from * STEP]);
  }

  /** What has been written since the last call. */
  take(): PlainRows {
    const bytes = new Uint8Array(this.#rows.written());
    const places = this.#places.slice(0, STEP * this.#count);
    const kinds = this.#kinds;
    this.#rows.clear();
    this.#count = 0;
    this.#kinds = [];
    this.#kindsByCheck = new Map();
    return { bytes, places, kinds };
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#places.length);
    grown.set(this.#places);
    this.#places = grown;
  }

  #kindOf(vendorId: string, cveId: string | null): number {
    let byCve = this.#kindsByCheck.get(vendorId);
    if (!byCve) {
      byCve = new Map();
      this.#kindsByCheck.set(vendorId, byCve);
    }
    let kind = byCve.get(cveId);
    if (kind === undefined) {
      kind = this.#kinds.push([vendorId, cveId]) - 1;
      byCve.set(cveId, kind);
    }
    return kind;
  }
}

/** Columns that were written before the rest of their rows: those of the place from `start`, remarks and evidence from `word` to before `end`. */
export type WrittenWord = { bytes: Uint8Array; start: number; word: number; end: number };

/** Of severity and fingerprint, which both tables have. */
export const SHARED_BYTES = 4 + 2 + 4 + 16;
/** Where their values stand behind the start. */
const SEVERITY = 4;
const FINGERPRINT = 10;

/** The last columns of a finding. */
export function writePlace(rows: CopyRows, severity: number, place: FindingPlace): void {
  rows.int2(severity);
  rows.uuid(place.fingerprint);
  rows.text(place.cveId);
  rows.text(place.category);
  rows.int4(place.port);
  rows.text(place.protocol);
  rows.text(place.instance);
}

/** Reads what {@link writePlace} wrote, and the remarks and evidence behind it. */
export function readWritten({ bytes: { buffer, byteOffset, length }, start }: WrittenWord) {
  const bytes = Buffer.from(buffer, byteOffset, length);
  const hex = bytes.toString("hex", start + FINGERPRINT, start + SHARED_BYTES);
  let at = start + SHARED_BYTES;
  const next = () => {
    const bytesLong = bytes.readInt32BE(at);
    const from = at + 4;
    at = from + Math.max(0, bytesLong);
    return bytesLong < 0 ? null : from;
  };
  const text = () => {
    const from = next();
    return from === null ? null : bytes.toString("utf8", from, at);
  };
  const [cveId, category, port] = [text(), text() ?? "", next()];
  const [protocol, instance, remarks] = [text(), text(), text()];
  return {
    severity: bytes.readInt16BE(start + SEVERITY),
    fingerprint: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    cveId,
    category,
    port: port === null ? null : bytes.readInt32BE(port),
    protocol,
    instance,
    // Behind the version of its format.
    remarks: remarks === null ? undefined : (JSON.parse(remarks.slice(1)) as Remarks),
    evidence: text() ?? "",
  };
}

/** The finding of that number, and the index of its kind. */
export function wordAt({ bytes, places }: PlainRows, index: number): WrittenWord & { kind: number } {
  const at = index * STEP;
  return {
    bytes,
    start: places[at]!,
    word: places[at + 1]!,
    kind: places[at + 2]!,
    end: places[at + STEP] ?? bytes.length,
  };
}
