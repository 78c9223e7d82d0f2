import { AppError, type etmTrendGet, type QueryOf } from "@breakwater/contract";
import type { ScopedDb } from "../../db/scoped.ts";
import { type DayRow, findCoveringTag, findVisibleTag, readDays, WHOLE } from "./store.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 1100;

/** @throws AppError `invalid-parameter` (days, or which tag), `not-found` (tag, also outside the scope) */
export async function getTrend(db: ScopedDb, query: QueryOf<typeof etmTrendGet>, nowMs: number): Promise<DayRow[]> {
  const to = readDay("to", query.to) ?? Math.floor(nowMs / DAY_MS) * DAY_MS;
  const from = readDay("from", query.from) ?? to - (DEFAULT_DAYS - 1) * DAY_MS;
  if (from > to) throw new AppError("invalid-parameter", "from must not be after to");
  if (to - from >= MAX_DAYS * DAY_MS) {
    throw new AppError("invalid-parameter", `from and to may be at most ${MAX_DAYS} days apart`);
  }
  return readDays(db, await toTagId(db, query.tag), { from: toText(from), to: toText(to) });
}

async function toTagId(db: ScopedDb, name: string | undefined): Promise<number> {
  if (name !== undefined) {
    const found = name.includes("\0") ? undefined : await findVisibleTag(db, name);
    if (found === undefined) throw new AppError("not-found", `there is no tag ${JSON.stringify(name)} in your scope`);
    return found;
  }
  if (db.scope.kind === "all") return WHOLE;
  const covering = await findCoveringTag(db, db.scope.tagIds);
  if (covering !== undefined) return covering;
  throw new AppError(
    "invalid-parameter",
    "tag is missing: no tag of your scope has all the others below it, and the counts of several cannot be added up",
  );
}

function readDay(member: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // Years of which both PostgreSQL and JavaScript know the days.
  if (/^[12]\d{3}-\d\d-\d\d$/.test(text) && !Number.isNaN(ms) && toText(ms) === text) return ms;
  throw new AppError("invalid-parameter", `${member} must be a day such as 2026-08-01`);
}

function toText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
