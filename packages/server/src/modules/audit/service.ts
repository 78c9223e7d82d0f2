import { AppError, type adminAuditList, type QueryOf } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { SqlHandle } from "../../db/pool.ts";
import { type ChainBreak, type ChainedEvent, type ChainHead, EMPTY_HEAD, findBreak, findHeadBreak } from "./chain.ts";
import { type AuditFilter, type AuditLog, isLogOfDeleted, readEvents, readHead } from "./store.ts";

type FilterQuery = Omit<QueryOf<typeof adminAuditList>, "beforeId" | "pageSize">;
type LogQuery = Pick<FilterQuery, "unattributed" | "subscriptionId">;

/** Events read at once while a log is walked. */
const WALK_ROWS = 1_000;

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/**
 * The log that a caller asks for: the own subscription's, or for the operator that of nobody or of a deleted subscription.
 * Those of others that there are stay theirs.
 *
 * @throws AppError `permission-required`, `invalid-parameter`, `not-found`
 */
export async function toAuditLog(db: SqlHandle, caller: Caller, query: LogQuery): Promise<AuditLog> {
  const { unattributed = false, subscriptionId } = query;
  if (unattributed && subscriptionId !== undefined)
    throw new AppError("invalid-parameter", "unattributed and subscriptionId exclude each other");
  if (subscriptionId !== undefined && subscriptionId !== caller.subscriptionId) {
    if (caller.isOperator && (await isLogOfDeleted(db, subscriptionId))) return { subscriptionId };
    throw new AppError("not-found", `there is no log of a deleted subscription ${subscriptionId}`);
  }
  if (!unattributed) return { subscriptionId: caller.subscriptionId };
  if (caller.isOperator) return { subscriptionId: null };
  throw new AppError(
    "permission-required",
    "unattributed: Audit Log Access in the operator's subscription is required",
  );
}

/** @throws AppError `invalid-parameter` (from, to; texts with NUL, which the database would refuse amid an export) */
export function toAuditFilter(query: FilterQuery): AuditFilter {
  const { actor, action, result, target } = query;
  for (const [name, text] of Object.entries({ actor, action, target })) {
    if (text?.includes("\0")) throw new AppError("invalid-parameter", `${name} must not hold NUL`);
  }
  return {
    ...(query.from === undefined ? {} : { from: parseTime(query.from, "from") }),
    ...(query.to === undefined ? {} : { to: parseTime(query.to, "to") }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(result === undefined ? {} : { result }),
    ...(target === undefined ? {} : { target }),
  };
}

function parseTime(text: string, name: string): Date {
  const time = new Date(text);
  if (ISO_TIME.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new AppError("invalid-parameter", `${name} must be a date or a time with its zone, e.g. 2025-02-03T08:00:00Z`);
}

/** The events of a log, oldest first and up to `untilId`, in batches; while one is looked at the next is read. */
export async function* walkEvents(
  db: SqlHandle,
  log: AuditLog,
  filter: AuditFilter,
  untilId: number,
): AsyncGenerator<ChainedEvent[]> {
  const read = (afterId: number) => {
    const reading = readEvents(db, log, filter, { afterId, untilId, limit: WALK_ROWS });
    // Who stops early asks for it no more.
    reading.catch(() => undefined);
    return reading;
  };
  for (let reading = read(0); ; ) {
    const events = await reading;
    const isLast = events.length < WALK_ROWS;
    if (!isLast) reading = read(events.at(-1)!.id);
    if (events.length > 0) yield events;
    if (isLast) return;
  }
}

export type Verification = { ok: boolean; events: number; head: ChainHead; break: ChainBreak | null };

/**
 * Walks the whole log as it is now. It has twice {@link WALK_ROWS} events in memory.
 *
 * @param noted a head from an earlier day that the log must still go through
 */
export async function verifyLog(db: SqlHandle, log: AuditLog, noted: ChainHead | undefined): Promise<Verification> {
  const head = await readHead(db, log);
  const walk = await walkChain(db, log, head, noted);
  return { ok: walk.broken === undefined, events: walk.last.id, head, break: walk.broken ?? null };
}

async function walkChain(
  db: SqlHandle,
  log: AuditLog,
  head: ChainHead,
  noted: ChainHead | undefined,
): Promise<{ last: ChainHead; broken: ChainBreak | undefined }> {
  let last = EMPTY_HEAD;
  for await (const events of walkEvents(db, log, {}, head.id)) {
    for (const event of events) {
      const broken = findBreak(last, event);
      if (broken) return { last, broken };
      last = { id: event.id, hash: event.hash };
      const differs = noted?.id === event.id ? findHeadBreak(last, noted) : undefined;
      if (differs) return { last, broken: differs };
    }
  }
  const isBeyond = noted !== undefined && noted.id > last.id;
  return { last, broken: findHeadBreak(last, head) ?? (isBeyond ? findHeadBreak(last, noted) : undefined) };
}
