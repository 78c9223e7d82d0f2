import { createHash } from "node:crypto";
import { AppError } from "@breakwater/contract";
import type { SortKeyValues, SortTerm } from "../../db/query/index.ts";

const MAX_VALUES = 20;

/**
 * A place in an order, as opaque text for a client: the values of the last row, and which list, filter and order they
 * belong to. It holds nothing that the client has not seen.
 *
 * @param list whatever must stay the same from page to page
 */
export function writeCursor(list: readonly unknown[], values: SortKeyValues): string {
  return Buffer.from(JSON.stringify([digestOf(list), ...values])).toString("base64url");
}

/**
 * Values of a wrong form that get through here are refused by PostgreSQL, as the caller's mistake (gateway/problem.ts).
 *
 * @throws AppError `invalid-parameter` when it is no cursor, or one of another list
 */
export function readCursor(list: readonly unknown[], cursor: string, terms: readonly SortTerm[]): SortKeyValues {
  const [digest, ...values] = parse(cursor);
  const areFit = values.length === terms.length && values.every((value, index) => isFit(value, terms[index]!));
  if (digest !== digestOf(list) || !areFit || !/^\d{1,18}$/.test(String(values.at(-1)))) {
    throw new AppError(
      "invalid-parameter",
      "cursor: it is not one of this list; give the X-Next-Cursor of a page with the same filter and sort, or none",
    );
  }
  return values as (string | null)[];
}

/** A time with words in it may name a zone, and an unknown one has no error of its own in PostgreSQL. */
function isFit(value: unknown, { kind }: SortTerm): boolean {
  if (value === null) return true;
  return (
    typeof value === "string" &&
    !value.includes("\0") &&
    (kind !== "timestamp" || /^(-?infinity|[\d .:+-]*( BC)?)$/.test(value))
  );
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(value) && value.length <= MAX_VALUES ? value : [];
  } catch {
    return [];
  }
}

function digestOf(list: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(list)).digest("base64url").slice(0, 16);
}
