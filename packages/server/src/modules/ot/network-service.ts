import type { Page } from "@breakwater/contract";
import type { OtConversation } from "@breakwater/contract/schemas/ot-conversation";
import type { Static } from "typebox";
import type { ScopedDb } from "../../db/scoped.ts";
import * as store from "./network-store.ts";

/** A page of conversations, and the total. */
export async function listConversations(
  db: ScopedDb,
  { address, protocol }: { address?: string; protocol?: string },
  page: Page,
): Promise<{ conversations: Static<typeof OtConversation>[]; count: number }> {
  const filter = { address: address?.trim().toLowerCase() || null, protocol: protocol?.trim().toLowerCase() || null };
  const rows = await store.listConversations(db, filter, page);
  return { conversations: rows.map(toConversation), count: await store.countConversations(db, filter) };
}

function toConversation(row: store.ConversationRow): Static<typeof OtConversation> {
  const { network, client, server, clientHost, serverHost, transport, port, protocol } = row;
  const unknown = { assetId: null, name: null };
  return {
    network,
    client: { address: client, ...(clientHost ?? unknown) },
    server: { address: server, ...(serverHost ?? unknown), port: port === 0 ? null : port },
    transport,
    protocol,
    firstSeen: row.firstSeen.toISOString(),
    lastSeen: row.lastSeen.toISOString(),
  };
}
