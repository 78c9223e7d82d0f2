import type { FileHead } from "../../intake/file-head.ts";
import type { AdvisoryEvent, ByteSource } from "../../records.ts";

/** RFC 9116, where a provider says where its documents are (CSAF 2.0, 7.1.8). */
const SECURITY_TEXT =
  /^(?:#[^\n]*\n|\s)*(?:Contact|CSAF|Expires|Canonical|Encryption|Policy|Preferred-Languages|Hiring|Acknowledgments): /i;

/**
 * The files that a provider's directory has beside its documents: ROLIE feeds, services and categories, `index.txt`,
 * `changes.csv`, `provider-metadata.json`, `aggregator.json`, `security.txt`, checksums and signatures. They say nothing
 * about products.
 */
export function isCsafSideFile({ bytes, json }: FileHead): boolean {
  if (json !== null) {
    const isRolie = json.has("feed.id") && (json.has("feed.entry") || json.has("feed.category"));
    const isOutline = json.has("service.workspace") || json.has("categories.category");
    const isProvider = json.has("metadata_version") || json.has("aggregator_version");
    return isRolie || isOutline || (json.has("canonical_url") && isProvider);
  }
  const text = Buffer.from(bytes.subarray(0, 4_096)).toString("latin1");
  if (text.startsWith("-----BEGIN PGP ") || SECURITY_TEXT.test(text)) return true;
  const [first = ""] = text.split(/\r?\n/, 1);
  return (
    /^[0-9a-f]{64,128} [ *]\S+\.json$/.test(first) || /^"?[\w./-]+\.json"?(,"?\d{4}-\d\d-\d\dT[^,]*)?$/.test(first)
  );
}

/** Passes a side file over. */
export async function* passSideFile(_source: ByteSource): AsyncGenerator<AdvisoryEvent[]> {
  yield [{ type: "end", isComplete: true }];
}
