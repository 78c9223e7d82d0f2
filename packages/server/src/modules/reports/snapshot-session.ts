import type pg from "pg";
import { type RunQuery, toQuery } from "../findings-read/texts.ts";

/** A session within a snapshot. */
export type SnapshotSession = { client: pg.Client; run: RunQuery };

/** Makes another session one of the snapshot of that id. */
export async function joinSnapshot(client: pg.Client, id: string): Promise<SnapshotSession> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await client.query(`SET TRANSACTION SNAPSHOT ${client.escapeLiteral(id)}`);
  return prepareSession(client);
}

export async function prepareSession(client: pg.Client): Promise<SnapshotSession> {
  await client.query("SET LOCAL work_mem = '64MB'");
  // A report takes as long as it takes, and its session waits while others make parts.
  await client.query("SET LOCAL statement_timeout = 0");
  await client.query("SET LOCAL idle_in_transaction_session_timeout = 0");
  return {
    client,
    run: async <Row>(query: Parameters<RunQuery>[0]) => (await client.query(toQuery(query))).rows as Row[],
  };
}

export async function readPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]!.pid;
}
