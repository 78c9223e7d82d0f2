import type { FileHead } from "../../intake/file-head.ts";
import type { AdvisoryEvent, ByteSource } from "../../records.ts";

/**
 * The files that a provider's directory has beside its documents: ROLIE feeds and services, `index.txt`, `changes.csv`,
 * `provider-metadata.json`, checksums and signatures. They say nothing about products.
 */
export function isCsafSideFile({ bytes, json }: FileHead): boolean {
  if (json !== null) {
    const isRolie = json.has("feed.id") && (json.has("feed.entry") || json.has("feed.category"));
    const isService = json.has("service.workspace");
    return isRolie || isService || (json.has("canonical_url") && json.has("metadata_version"));
  }
  const text = Buffer.from(bytes.subarray(0, 4_096)).toString("latin1");
  if (text.startsWith("-----BEGIN PGP ")) return true;
  const [first = ""] = text.split(/\r?\n/, 1);
  return (
    /^[0-9a-f]{64,128} [ *]\S+\.json$/.test(first) || /^"?[\w./-]+\.json"?(,"?\d{4}-\d\d-\d\dT[^,]*)?$/.test(first)
  );
}

/** Passes a side file over. */
export async function* passSideFile(_source: ByteSource): AsyncGenerator<AdvisoryEvent[]> {
  yield [{ type: "end", isComplete: true }];
}
