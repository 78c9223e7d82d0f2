import type { TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";
import { endTokens } from "./ot-ends.ts";

/** What the `filter` of conversation lists may use. */
export const otConversationTable: TokenTable = {
  id: "ot-conversations",
  title: "OT conversations",
  description: "For the `filter` and `sort` of conversation lists.",
  tokens: [
    token("network.network", "text", "Network that the addresses are in.", "network.network:default"),
    ...endTokens("network"),
    token(
      "network.client.macAddress",
      "mac",
      "MAC address of a client without an IP address.",
      "network.client.macAddress:00:1d:9c*",
    ),
    token(
      "network.server.macAddress",
      "mac",
      "MAC address of a server without an IP address.",
      "network.server.macAddress:01:0c:cd*",
    ),
    token("network.server.port", "integer", "Port of the server.", "network.server.port:102"),
    token("network.transport", "keyword", "Transport.", "network.transport:tcp", {
      values: ["tcp", "udp", "ethernet"],
      storedCase: "lower",
    }),
    token("network.protocol", "keyword", "Protocol, where it was recognised.", "network.protocol:s7comm"),
    token("network.firstSeen", "date", "First seen.", "network.firstSeen>now-7d"),
    token("network.lastSeen", "date", "Last seen.", "network.lastSeen:[2026-01-01 .. 2026-01-31]"),
  ],
  groups: [],
  foreign: [],
};
