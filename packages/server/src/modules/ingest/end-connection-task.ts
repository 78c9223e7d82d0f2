import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Task } from "../../jobs/index.ts";
import { endSource } from "../findings/index.ts";
import { findEnding, listEndingConnections, markEnded } from "./connection-store.ts";
import { ConnectionBusyError, ConnectionTurns } from "./connection-turns.ts";

export const END_CONNECTION_TASK = "end-connection";

/** Ends what a deleted connection reported, in bounded transactions; what was ended before is not looked at again. */
export function createEndConnectionTask(parts: { db: Database; clock: Clock }): Task {
  return {
    name: END_CONNECTION_TASK,
    listUnfinished: () => listEndingConnections(parts.db),
    run: async (key, { signal }) => {
      const turns = new ConnectionTurns(parts.db);
      try {
        await turns.take(key.subscriptionId, Number(key.id));
        await endConnection(parts, key, signal);
      } catch (error) {
        // An import that came in before is still writing; the next sweep tries again.
        if (!(error instanceof ConnectionBusyError)) throw error;
      } finally {
        await turns.end();
      }
    },
  };
}

async function endConnection(
  { db, clock }: { db: Database; clock: Clock },
  key: JobKey,
  signal: AbortSignal,
): Promise<void> {
  const at = await findEnding(db, key);
  if (at === undefined) return;
  const source = { subscriptionId: key.subscriptionId, connectionId: Number(key.id), at };
  for (let after: number | undefined = 0; after !== undefined; ) {
    if (signal.aborted) return;
    const from: number = after;
    after = await db.imports.transaction().execute((tx) => endSource(tx, source, from));
  }
  await markEnded(db, key, clock());
}
