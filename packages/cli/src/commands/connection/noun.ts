import { ingestConnectionList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type Connection = ResultOf<typeof ingestConnectionList>[number];

export const CONNECTIONS: Noun<Connection> = {
  one: "connection",
  many: "connections",
  columns: [
    ["Connection", (connection) => connection.name],
    ["Product", (connection) => connection.product],
    ["Network", (connection) => connection.network],
    ["Runs", (connection) => (connection.isComplete ? "complete" : "partial")],
    ["Missing", (connection) => (closes(connection) ? "closes" : "stays open")],
    ["Trust", (connection) => connection.trustRank],
    ["Criticality", (connection) => connection.defaultCriticality],
    ["CSV mapping", (connection) => connection.csvMapping?.product ?? ""],
  ],
  readAll: async (session) => (await session.call(ingestConnectionList)).json(),
  namesOf: (connection) => [connection.name, String(connection.id)],
};

function closes({ isComplete, retainMissing }: Connection): boolean {
  return isComplete && !retainMissing;
}
