import { hash } from "node:crypto";

/** One thing that a source saw on an asset. */
export type Observation = {
  fingerprint: string;
  /** Everything whose change has to be written: check, severity, evidence. */
  content: string;
};

/**
 * Digest of all that a source saw on an asset; the order and repeats of the observations change nothing.
 *
 * @returns 32 bytes
 */
export function observationDigest(observations: Iterable<Observation>): Buffer {
  const lines: string[] = [];
  // The length keeps the borders apart, whatever characters the content holds.
  for (const { fingerprint, content } of observations) lines.push(`${fingerprint}${content.length}:${content}`);
  lines.sort();
  return hash("sha256", lines.filter((line, index) => line !== lines[index - 1]).join(""), "buffer");
}
