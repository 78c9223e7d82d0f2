import { createHash } from "node:crypto";
import type { AssetRecord, CheckRecord, FindingRecord } from "@breakwater/formats/records";
import type { CheckDictionary } from "./check-dictionary.ts";
import { AssetObservation, type ObservedFinding } from "./observation.ts";
import type { OwnTimes } from "./own-times.ts";
import { isPlain, type PlainRange, PlainRowsWriter, readWritten, wordAt } from "./plain-rows.ts";
import type { Remarks } from "./remarks.ts";
import type { ScanPosition } from "./scan-batcher.ts";

/** A batch as it goes from the thread that reads a file to the one that writes: plain values only. */
export type PackedBatch = {
  assets: PackedAsset[];
  /** Checks that no earlier batch has told. */
  checks: CheckRecord[];
  /** Time of the latest asset of the file so far, epoch ms: what it tells of checks is as new. */
  at: number;
  records: number;
  end: ScanPosition;
};

/** What a run saw of one asset. Nobody reads its findings when the digest is the one of last time. */
export type PackedAsset = PlainRange & {
  asset: AssetRecord;
  /** Epoch ms. */
  at: number;
  isWhole: boolean;
  findingCount: number;
  /** Those that are not plain, as one text; empty for none. */
  others: string;
  /**
   * Of all findings, SHA-256, hexadecimal; empty for a piece, which proves nothing about the rest, and where something is said to be
   * fixed: that it was said again, later, has to be written.
   */
  digest: string;
};

type PackedFinding = [
  fingerprint: string,
  cveId: string | null,
  category: string,
  port: number | null,
  protocol: string | null,
  instance: string | null,
  checks: PackedWord[],
];

type PackedWord = [
  vendorId: string,
  severity: number,
  evidence: string[],
  state: FindingRecord["state"] | null,
  times: (number | null)[],
  remarks?: Remarks,
];

/**
 * Packs what a run saw, asset by asset. Each is to be packed as soon as it is known: its thousands of small objects then end
 * young, where those of a whole batch grow old together and have the collector look through all there is.
 */
export class BatchPacker {
  readonly #writer = new PlainRowsWriter();
  #packed: Omit<PackedAsset, "plain">[] = [];

  /** So many assets wait. */
  get count(): number {
    return this.#packed.length;
  }

  add(observation: AssetObservation): void {
    this.#packed.push(packInto(this.#writer, observation));
  }

  /** What has been added since the last call. */
  take(): PackedAsset[] {
    const plain = this.#writer.take();
    const assets = this.#packed.map((one) => ({ ...one, plain }));
    this.#packed = [];
    return assets;
  }
}

export function packObservation(observation: AssetObservation): PackedAsset {
  const packer = new BatchPacker();
  packer.add(observation);
  return packer.take()[0]!;
}

/** Equal digests for equal sights, whatever the order of their records; others as soon as anything has to be written. */
function packInto(writer: PlainRowsWriter, observation: AssetObservation): Omit<PackedAsset, "plain"> {
  const { asset, at, isWhole } = observation;
  const sorted = [...observation.findings.values()].sort(byFingerprint);
  const from = writer.count;
  const rest: unknown[] = [];
  let vendorIds = "";
  for (const finding of sorted) {
    if (!isPlain(finding)) {
      rest.push(packFinding(finding));
      continue;
    }
    writer.add(finding);
    vendorIds += `${finding.checks[0]!.check.vendorId}\n`;
  }
  const others = rest.length === 0 ? "" : JSON.stringify(rest);
  const isDigested = isWhole && !tellsOfFixed(observation);
  const digest = isDigested ? digestOf(from < writer.count ? writer.written(from) : "", vendorIds, others) : "";
  return { asset, at, isWhole, findingCount: sorted.length, from, to: writer.count, others, digest };
}

/** @param dictionary has learned every check of the batch and of those before */
export function unpackObservation(packed: PackedAsset, dictionary: CheckDictionary): AssetObservation {
  const observation = unpackOthers(packed, dictionary);
  for (let index = packed.from; index < packed.to; index++) {
    const word = wordAt(packed.plain, index);
    const { severity, evidence, remarks, ...finding } = readWritten(word);
    const told = {
      check: dictionary.find(packed.plain.kinds[word.kind]![0])!,
      severity,
      evidence: [evidence],
      state: undefined,
      times: undefined,
      remarks,
    };
    observation.findings.set(finding.fingerprint, { ...finding, checks: [told] });
  }
  return observation;
}

/** The same without the plain findings. */
export function unpackOthers(packed: PackedAsset, dictionary: CheckDictionary): AssetObservation {
  const observation = new AssetObservation(packed.asset, packed.at);
  observation.isWhole = packed.isWhole;
  const others = packed.others === "" ? [] : (JSON.parse(packed.others) as PackedFinding[]);
  for (const [fingerprint, cveId, category, port, protocol, instance, checks] of others) {
    const told = checks.map(([vendorId, severity, evidence, state, times, remarks]) => ({
      check: dictionary.find(vendorId)!,
      severity,
      evidence,
      state: state ?? undefined,
      times: unpackTimes(times),
      remarks,
    }));
    observation.findings.set(fingerprint, { fingerprint, cveId, category, port, protocol, instance, checks: told });
  }
  return observation;
}

/** Memory that can be handed over with a batch instead of copied. */
export function buffersOf({ assets }: PackedBatch): ArrayBuffer[] {
  const plain = new Set(assets.map((asset) => asset.plain));
  return [...plain].flatMap(({ bytes, places }) => [bytes.buffer, places.buffer]);
}

function packFinding({ fingerprint, cveId, category, port, protocol, instance, checks }: ObservedFinding) {
  const told = checks.map(
    ({ check, severity, evidence, state, times, remarks }): PackedWord => [
      check.vendorId,
      severity,
      evidence.length > 1 ? evidence.sort() : evidence,
      state ?? null,
      times ? [times.first, times.last, times.fixed] : [],
      ...((remarks ? [remarks] : []) as [Remarks?]),
    ],
  );
  if (told.length > 1) told.sort(([a], [b]) => (a < b ? -1 : 1));
  return [fingerprint, cveId, category, port, protocol, instance, told];
}

function unpackTimes([first = null, last = null, fixed = null]: PackedWord[4]): OwnTimes | undefined {
  return first === null ? undefined : { first, last, fixed };
}

function tellsOfFixed({ findings }: AssetObservation): boolean {
  for (const { checks } of findings.values()) if (checks.some(({ state }) => state === "fixed")) return true;
  return false;
}

function digestOf(...parts: (string | Uint8Array)[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest("hex");
}

function byFingerprint(a: ObservedFinding, b: ObservedFinding): number {
  return a.fingerprint < b.fingerprint ? -1 : 1;
}
