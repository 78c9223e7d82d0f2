import type { ByteWriter } from "../../exporters/index.ts";
import type { Asset, Check, CveSigns } from "./finding-dictionary.ts";
import type { FindingRow, SourceRow } from "./finding-rows.ts";

/**
 * What becomes of a check and of an asset, made once per check and asset, not once per finding: that is what an export
 * costs.
 */
export type FindingTexts<CheckText, AssetText> = {
  check(check: Check): CheckText;
  asset(asset: Asset): AssetText;
};

/** How a finding becomes text. */
export type FindingFormat<CheckText, AssetText> = FindingTexts<CheckText, AssetText> & {
  /** Appends a finding's record. */
  write(out: ByteWriter, record: FindingRecord<CheckText, AssetText>): void;
};

export type FindingRecord<CheckText, AssetText> = {
  finding: FindingRow;
  check: CheckText;
  asset: AssetText;
  signs: CveSigns;
  /** Score of its CVE, whoever has it. */
  qvss: number | null;
  /** The newest that the finding or one of its sources tells. */
  lastFoundMs: number;
  sources: readonly Attribution[];
};

/** One source's word; `head` is the beginning of its JSON, which many findings share. */
export type Attribution = { source: SourceRow; lastSeenMs: number; head: Uint8Array };

const FIRST_SEEN = Buffer.from(`,"firstSeen":`);
const LAST_SEEN = Buffer.from(`,"lastSeen":`);
const PRESENT_SEVERITY = Buffer.from(`,"isPresent":true,"severity":`);
const ABSENT_SEVERITY = Buffer.from(`,"isPresent":false,"severity":`);
const EVIDENCE = Buffer.from(`,"evidence":`);

/** @returns the beginning of an element of `sources`, as far as its check and connection decide it */
export function toAttributionHead(check: Check, connectionName: string | undefined): Buffer {
  const { product, vendorId } = check;
  const head = { source: product, connection: connectionName, vendorFindingId: vendorId };
  return Buffer.from(JSON.stringify(head).slice(0, -1));
}

/** Appends the JSON array `sources`. */
export function writeSources(out: ByteWriter, sources: readonly Attribution[]): void {
  out.text("[");
  for (let index = 0; index < sources.length; index++) {
    const { source, lastSeenMs, head } = sources[index]!;
    if (index > 0) out.text(",");
    out.bytes(head);
    out.bytes(FIRST_SEEN);
    out.number(source.firstSeenMs);
    out.bytes(LAST_SEEN);
    out.number(lastSeenMs);
    out.bytes(source.isPresent ? PRESENT_SEVERITY : ABSENT_SEVERITY);
    out.number(source.severity);
    out.bytes(EVIDENCE);
    out.jsonOf(source.evidence);
    out.text("}");
  }
  out.text("]");
}
