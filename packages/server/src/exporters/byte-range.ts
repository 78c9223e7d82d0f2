/** First and last byte, both included, as in `Content-Range`. */
export type ByteRange = { first: number; last: number };

/** What to answer: everything (200), a part (206) or nothing (416). */
export type RangeSelection = { kind: "whole" } | ({ kind: "part" } & ByteRange) | { kind: "unsatisfiable" };

export type RangeHeaders = { range?: string | undefined; ifRange?: string | undefined };

/**
 * Reads `Range` and `If-Range` (RFC 9110 sections 13.1.5 and 14.2) against a representation.
 *
 * Several ranges, other units and malformed values are answered with the whole, as the RFC allows; so is an `If-Range`
 * that names another version. Dates in `If-Range` never match: the validator of a report is its ETag.
 *
 * @param bytes length of the representation
 * @param etag its strong validator, quotes included
 */
export function selectRange(headers: RangeHeaders, bytes: number, etag: string): RangeSelection {
  if (headers.range === undefined) return { kind: "whole" };
  if (headers.ifRange !== undefined && headers.ifRange.trim() !== etag) return { kind: "whole" };
  const match = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(headers.range);
  if (!match) return { kind: "whole" };
  const [, from = "", to = ""] = match;
  if (from === "") return to === "" ? { kind: "whole" } : selectSuffix(Number(to), bytes);
  const first = Number(from);
  if (to !== "" && Number(to) < first) return { kind: "whole" };
  if (first >= bytes) return { kind: "unsatisfiable" };
  return { kind: "part", first, last: to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1) };
}

function selectSuffix(length: number, bytes: number): RangeSelection {
  if (length === 0 || bytes === 0) return { kind: "unsatisfiable" };
  return { kind: "part", first: Math.max(0, bytes - length), last: bytes - 1 };
}
