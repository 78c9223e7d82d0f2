import type { otNetworkList, Page, QueryOf } from "@breakwater/contract";
import type { OtConversation } from "@breakwater/contract/schemas/ot-conversation";
import { otConversationTable } from "@breakwater/domain/query/index";
import type { Static } from "typebox";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import * as store from "./network-store.ts";

/**
 * A page of conversations, and the total.
 *
 * @throws AppError `invalid-query`, `invalid-sort`
 */
export async function listConversations(
  db: ScopedDb,
  { address, protocol, filter, sort }: QueryOf<typeof otNetworkList>,
  page: Page,
  nowMs: number,
): Promise<{ conversations: Static<typeof OtConversation>[]; count: number }> {
  const asked = {
    address: address?.trim().toLowerCase() || null,
    protocol: protocol?.trim().toLowerCase() || null,
    query: readFilter(filter, otConversationTable, nowMs, "filter"),
  };
  const rows = await store.listConversations(db, asked, readSort(sort, otConversationTable), page);
  return { conversations: rows.map(toConversation), count: await store.countConversations(db, asked) };
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
