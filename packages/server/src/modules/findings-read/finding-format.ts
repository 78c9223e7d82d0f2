import type { Asset, Check, CveSigns, Names } from "./finding-dictionary.ts";
import type { FindingRow, SourceRow } from "./finding-rows.ts";

/** A piece of a record: text, or bytes of UTF-8 made once and copied into every record that has them. */
export type Piece = string | Buffer;

/**
 * How a finding becomes text. What belongs to a check or an asset is put together once per check and asset, not once
 * per finding: that is what an export costs.
 */
export type FindingFormat<CheckText, AssetText> = {
  check(check: Check): CheckText;
  asset(asset: Asset): AssetText;
  record(finding: FindingRow, check: CheckText, asset: AssetText, seen: Seen, signs: CveSigns): readonly Piece[];
};

/** What the sources say of a finding; `sources` is the text of a JSON array. */
export type Seen = { lastFoundMs: number; sources: string };

/**
 * An unchanged re-import moves only the asset's seen-at; so a source that still has an open finding saw it then, and
 * the finding was last found when any of them saw it.
 */
export function toSeen(
  finding: FindingRow,
  asset: Asset,
  checks: ReadonlyMap<number, { check: Check }>,
  names: Names,
): Seen {
  let lastFoundMs = finding.ownLastFoundMs;
  let sources = "[";
  for (const source of finding.sources) {
    const check = checks.get(source.checkId)?.check;
    if (!check) continue;
    const isCurrent = source.isPresent && finding.status !== "FIXED";
    const seenAtMs = isCurrent ? asset.seenAtMs.get(source.connectionId) : undefined;
    if (seenAtMs !== undefined && seenAtMs > lastFoundMs) lastFoundMs = seenAtMs;
    if (sources.length > 1) sources += ",";
    sources += toAttribution(source, Math.max(source.lastSeenMs, seenAtMs ?? source.lastSeenMs), check, names);
  }
  return { lastFoundMs, sources: `${sources}]` };
}

/** One element of `sources`. */
function toAttribution(source: SourceRow, lastSeenMs: number, check: Check, { connections }: Names): string {
  return (
    `{"source":${JSON.stringify(check.product)},"connection":${JSON.stringify(connections.get(source.connectionId))},` +
    `"vendorFindingId":${JSON.stringify(check.vendorId)},"firstSeen":${source.firstSeenMs},"lastSeen":${lastSeenMs},` +
    `"isPresent":${source.isPresent},"severity":${source.severity},"evidence":${JSON.stringify(source.evidence)}}`
  );
}
