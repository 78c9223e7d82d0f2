import { type LifecycleEntry, SHIPPED_LIFECYCLE } from "@breakwater/domain/lifecycle/index";
import { type RawBuilder, sql } from "kysely";

type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

/** An entry as the database has it; `announcedAt` is when its dates were made known here, epoch ms. */
export type StoredEntry = LifecycleEntry & { readonly announcedAt: number; readonly isEdited: boolean };

type LifecycleRow = {
  api: string;
  deprecated_at: Date | null;
  eos_at: Date | null;
  eol_at: Date | null;
  successor: string | null;
  is_edited: boolean;
  announced_at: Date;
};

/** What an edit may change. */
export type EntryDates = Pick<LifecycleEntry, "deprecatedAt" | "eosAt" | "eolAt" | "successor">;

/** All entries, by operation. */
export async function listEntries(db: Runner): Promise<StoredEntry[]> {
  const { rows } = await sql<LifecycleRow>`SELECT * FROM api_lifecycle ORDER BY api COLLATE "C"`.execute(db);
  return rows.map(toEntry);
}

/** Writes what the release ships; rows that were edited stay, and unchanged ones are not touched. */
export async function writeShippedEntries(db: Runner, nowMs: number): Promise<void> {
  await sql`
    INSERT INTO api_lifecycle (api, deprecated_at, eos_at, eol_at, successor, announced_at)
    SELECT r.*, ${new Date(nowMs)}::timestamptz FROM jsonb_to_recordset(${JSON.stringify(SHIPPED_LIFECYCLE.map(toColumns))}::jsonb)
      AS r (api text, deprecated_at timestamptz, eos_at timestamptz, eol_at timestamptz, successor text)
    ORDER BY api
    ON CONFLICT (api) DO UPDATE
      SET deprecated_at = excluded.deprecated_at, eos_at = excluded.eos_at, eol_at = excluded.eol_at,
          successor = excluded.successor, announced_at = excluded.announced_at
      WHERE NOT api_lifecycle.is_edited
        AND (api_lifecycle.deprecated_at, api_lifecycle.eos_at, api_lifecycle.eol_at, api_lifecycle.successor)
          IS DISTINCT FROM (excluded.deprecated_at, excluded.eos_at, excluded.eol_at, excluded.successor)`.execute(db);
}

/** Keeps other edits out until the transaction ends: an edit is read, merged and written. Readers are not kept waiting. */
export async function lockEntries(tx: Runner): Promise<void> {
  await sql`LOCK TABLE api_lifecycle IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
}

export async function writeEditedEntry(tx: Runner, api: string, dates: EntryDates, nowMs: number): Promise<void> {
  const { deprecated_at, eos_at, eol_at, successor } = toColumns({ api, ...dates });
  await sql`
    INSERT INTO api_lifecycle (api, deprecated_at, eos_at, eol_at, successor, is_edited, announced_at)
    VALUES (${api}, ${deprecated_at}, ${eos_at}, ${eol_at}, ${successor}, true, ${new Date(nowMs)})
    ON CONFLICT (api) DO UPDATE
      SET deprecated_at = excluded.deprecated_at, eos_at = excluded.eos_at, eol_at = excluded.eol_at,
          successor = excluded.successor, is_edited = true, announced_at = excluded.announced_at`.execute(tx);
}

/** Takes an edit away: what is shipped is written anew, anything else has no entry. */
export async function removeEdit(tx: Runner, api: string, nowMs: number): Promise<void> {
  await sql`DELETE FROM api_lifecycle WHERE api = ${api} AND is_edited`.execute(tx);
  await writeShippedEntries(tx, nowMs);
}

/** @returns those of the keys that nobody had told before; they count as told with the transaction */
export async function markTold(tx: Runner, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`
    INSERT INTO told_notice (key) SELECT unnest(${[...keys].sort()}::text[]) ON CONFLICT (key) DO NOTHING RETURNING key`.execute(
    tx,
  );
  return new Set(rows.map(({ key }) => key));
}

/** @returns those of the keys that have not been told */
export async function listUntold(db: Runner, keys: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ key: string }>`
    SELECT wanted.key FROM unnest(${[...keys]}::text[]) AS wanted (key)
    WHERE NOT EXISTS (SELECT FROM told_notice t WHERE t.key = wanted.key)`.execute(db);
  return rows.map(({ key }) => key);
}

/** What the lenient profile does to a shipped entry is shipped too; an edited one follows its dates under both. */
function toEntry(row: LifecycleRow): StoredEntry {
  const shipped = row.is_edited ? undefined : SHIPPED_LIFECYCLE.find((entry) => entry.api === row.api);
  return {
    api: row.api,
    deprecatedAt: row.deprecated_at?.getTime() ?? null,
    eosAt: row.eos_at?.getTime() ?? null,
    eolAt: row.eol_at?.getTime() ?? null,
    successor: row.successor,
    lenientState: shipped?.lenientState ?? null,
    announcedAt: row.announced_at.getTime(),
    isEdited: row.is_edited,
  };
}

function toColumns(entry: EntryDates & { api: string }) {
  return {
    api: entry.api,
    deprecated_at: toIso(entry.deprecatedAt),
    eos_at: toIso(entry.eosAt),
    eol_at: toIso(entry.eolAt),
    successor: entry.successor,
  };
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
