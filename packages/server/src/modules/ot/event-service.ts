import { AppError, type Page } from "@breakwater/contract";
import type { OtEvent } from "@breakwater/contract/schemas/ot-event";
import type { Static } from "typebox";
import type { ScopedDb } from "../../db/scoped.ts";
import * as store from "./event-store.ts";

export type EventQuery = { kind?: string; protocol?: string; address?: string; from?: string; to?: string };

/**
 * A page of process-integrity events, newest first, and the total.
 *
 * @throws AppError `invalid-parameter` for a time that the calendar does not have
 */
export async function listEvents(
  db: ScopedDb,
  { kind, protocol, address, from, to }: EventQuery,
  page: Page,
): Promise<{ events: Static<typeof OtEvent>[]; count: number }> {
  const filter = {
    kind: kind ?? null,
    protocol: protocol?.trim().toLowerCase() || null,
    address: address?.trim().toLowerCase() || null,
    since: from === undefined ? null : parseTime(from, "from"),
    until: to === undefined ? null : parseTime(to, "to"),
  };
  const rows = await store.listEvents(db, filter, page);
  return { events: rows.map(toEvent), count: await store.countEvents(db, filter) };
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
