import { indexLifecycle } from "@breakwater/domain/lifecycle/index";
import type { Logger } from "pino";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { listEntries, type StoredEntry, writeShippedEntries } from "./store.ts";

/** The lifecycle table (platform.md 5) in memory, as every request asks it. */
export type LifecycleTable = {
  find(api: string): StoredEntry | undefined;
  list(): readonly StoredEntry[];
  /**
   * Undefined while the table is young enough to be believed; otherwise what to wait for before {@link find}. Under load
   * nobody waits, because the table is read again before it has grown old.
   */
  freshen(): Promise<void> | undefined;
  /** Reads the table again now: after an edit made on this node. */
  reload(): Promise<void>;
};

/** An edit on one node acts on all within a second; nothing is asked of the database while no requests come. */
const BELIEVED_MS = 900;
const READ_AHEAD_MS = 400;

/** Writes what the release ships and reads the table. */
export async function openLifecycle(parts: { db: Database; clock: Clock; log: Logger }): Promise<LifecycleTable> {
  const { db, log } = parts;
  await writeShippedEntries(db.write, parts.clock());
  let entries: ReadonlyMap<string, StoredEntry> = new Map();
  // A machine's clock may be set back and a test's may stand still: age is measured by one that does neither.
  let readAt = 0;
  let reading: Promise<void> | undefined;
  const reload = async () => {
    const startedAt = performance.now();
    entries = indexLifecycle(await listEntries(db.read)) as ReadonlyMap<string, StoredEntry>;
    readAt = startedAt;
  };
  const readAgain = async () => {
    try {
      await reload();
    } catch (error) {
      log.warn({ err: error }, "the lifecycle table could not be read; the last known one holds");
    } finally {
      reading = undefined;
    }
  };
  await reload();
  return {
    find: (api) => entries.get(api),
    list: () => [...entries.values()],
    freshen() {
      const age = performance.now() - readAt;
      if (age < READ_AHEAD_MS) return undefined;
      reading ??= readAgain();
      return age < BELIEVED_MS ? undefined : reading;
    },
    reload,
  };
}
