import { adminClientList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";
import type { Columns } from "../../output.ts";

export type ApiClient = ResultOf<typeof adminClientList>[number];

export const CLIENTS: Noun<ApiClient> = {
  one: "API client",
  many: "API clients",
  columns: [
    ["Client", (client) => client.name],
    ["Of", (client) => client.user ?? "the subscription"],
    ["Modules", (client) => client.modules.join(", ")],
    ["Status", (client) => client.status],
    ["Expires", (client) => client.expires],
    ["Last used", (client) => client.lastUsed],
    ["Client id", (client) => client.clientId],
  ],
  readAll: async (session) => (await session.call(adminClientList)).json(),
  namesOf: (client) => [client.name, client.clientId],
};

/** With the secret, which is shown once. */
export const SECRET_COLUMNS: Columns<ApiClient & { clientSecret: string }> = [
  ["Client", (client) => client.name],
  ["Client id", (client) => client.clientId],
  ["Client secret", (client) => client.clientSecret],
];
