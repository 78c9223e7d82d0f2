import type { Page } from "@breakwater/contract";
import type { OtEvent } from "@breakwater/contract/schemas/ot-event";
import type { Static } from "typebox";
import type { ScopedDb } from "../../db/scoped.ts";
import * as store from "./event-store.ts";

export type EventQuery = { kind?: string; protocol?: string; address?: string; since?: string; until?: string };

/** A page of process-integrity events, newest first, and the total. */
export async function listEvents(
  db: ScopedDb,
  { kind, protocol, address, since, until }: EventQuery,
  page: Page,
): Promise<{ events: Static<typeof OtEvent>[]; count: number }> {
  const filter = {
    kind: kind ?? null,
    protocol: protocol?.trim().toLowerCase() || null,
    address: address?.trim().toLowerCase() || null,
    since: since === undefined ? null : new Date(since),
    until: until === undefined ? null : new Date(until),
  };
  const rows = await store.listEvents(db, filter, page);
  return { events: rows.map(toEvent), count: await store.countEvents(db, filter) };
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
