/** What an upload may cost before it is refused. Every refusal names the limit. */
export type IntakeLimits = {
  /** Bytes after decompression, over all members of an upload. */
  maxDecompressedBytes: number;
  /** Decompressed bytes per compressed byte, looked at after the first MiB. */
  maxRatio: number;
  /** Containers within containers: 2 allows a gzip file in a zip archive, and no more. */
  maxNesting: number;
  /** Entries of one archive. All CVE records, one file each, are some 350,000. */
  maxMembers: number;
};

export const defaultIntakeLimits: IntakeLimits = {
  maxDecompressedBytes: 64 * 1024 ** 3,
  maxRatio: 200,
  maxNesting: 2,
  maxMembers: 1_000_000,
};

export const RATIO_GRACE_BYTES = 1_048_576;
