import { AppError, type otEventList, type Page, type QueryOf } from "@breakwater/contract";
import type { OtEvent } from "@breakwater/contract/schemas/ot-event";
import { otEventTable } from "@breakwater/domain/query/index";
import type { Static } from "typebox";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import * as store from "./event-store.ts";

export type EventQuery = QueryOf<typeof otEventList>;

/**
 * A page of process-integrity events, newest first unless asked otherwise, and the total.
 *
 * @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter` for a time that the calendar does not have
 */
export async function listEvents(
  db: ScopedDb,
  { kind, protocol, address, from, to, filter, sort }: EventQuery,
  page: Page,
  nowMs: number,
): Promise<{ events: Static<typeof OtEvent>[]; count: number }> {
  const asked = {
    kind: kind ?? null,
    protocol: protocol?.trim().toLowerCase() || null,
    address: address?.trim().toLowerCase() || null,
    since: from === undefined ? null : parseTime(from, "from"),
    until: to === undefined ? null : parseTime(to, "to"),
    query: readFilter(filter, otEventTable, nowMs, "filter"),
  };
  const rows = await store.listEvents(db, asked, readSort(sort, otEventTable), page);
  return { events: rows.map(toEvent), count: await store.countEvents(db, asked) };
}

function parseTime(text: string, name: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new AppError("invalid-parameter", `${name} must be a time with its zone, e.g. 2025-02-03T08:00:00Z`);
}

function toEvent(row: store.EventRow): Static<typeof OtEvent> {
  const { id, kind, protocol, network, detail, messageCount, jobId, frame } = row;
  const unknown = { assetId: null, name: null };
  return {
    ...{ id, kind, protocol, network },
    client: { address: row.client, ...(row.clientHost ?? unknown) },
    server: { address: row.server, ...(row.serverHost ?? unknown) },
    ...{ detail, messageCount },
    started: row.startedAt.toISOString(),
    ended: row.endedAt.toISOString(),
    evidence: { importId: jobId, frame },
  };
}
