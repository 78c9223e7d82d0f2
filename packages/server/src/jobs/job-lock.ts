import type { Database } from "../db/pool.ts";

/**
 * Runs `work` while holding a session advisory lock on `name`; does nothing when another run holds it.
 *
 * The lock lives and dies with its connection: a killed process frees it at once, without a lease to wait for. Where the
 * connection is lost and the process is not, `lost` aborts: somebody else may run by then.
 */
export async function withJobLock(
  db: Database,
  name: string,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> {
  const client = await db.connect();
  const lost = new AbortController();
  client.once("end", () => lost.abort(new Error("the database session that held the job was lost")));
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked",
      [name],
    );
    if (rows[0]?.locked) await work(lost.signal);
  } finally {
    // Closing the connection releases the lock, whatever state the session is in.
    await client.end();
  }
}
