import { indexLifecycle, type LifecycleEntry, SHIPPED_LIFECYCLE } from "@breakwater/domain/lifecycle/index";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";

type LifecycleRow = {
  api: string;
  deprecated_at: Date | null;
  eos_at: Date | null;
  eol_at: Date | null;
  successor: string | null;
  is_edited: boolean;
};

export type LifecycleTable = {
  find(api: string): LifecycleEntry | undefined;
  list(): readonly LifecycleEntry[];
};

/**
 * The lifecycle table (platform.md 5): shipped entries are written to the database at each start, rows that an
 * administrator edited stay as they are.
 */
export async function openLifecycle(db: Database): Promise<LifecycleTable> {
  const shipped = SHIPPED_LIFECYCLE.map((entry) => ({
    api: entry.api,
    deprecated_at: toIso(entry.deprecatedAt),
    eos_at: toIso(entry.eosAt),
    eol_at: toIso(entry.eolAt),
    successor: entry.successor,
  }));
  await sql`
    INSERT INTO api_lifecycle (api, deprecated_at, eos_at, eol_at, successor)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(shipped)}::jsonb)
      AS r (api text, deprecated_at timestamptz, eos_at timestamptz, eol_at timestamptz, successor text)
    ORDER BY api
    ON CONFLICT (api) DO UPDATE
      SET deprecated_at = excluded.deprecated_at, eos_at = excluded.eos_at, eol_at = excluded.eol_at,
          successor = excluded.successor
      WHERE NOT api_lifecycle.is_edited`.execute(db.write);
  const { rows } = await sql<LifecycleRow>`SELECT * FROM api_lifecycle`.execute(db.write);
  const entries = indexLifecycle(rows.map(toEntry));
  return { find: (api) => entries.get(api), list: () => [...entries.values()] };
}

/** What the lenient profile does to a shipped entry is shipped too; an edited one follows its dates under both. */
function toEntry(row: LifecycleRow): LifecycleEntry {
  const shipped = row.is_edited ? undefined : SHIPPED_LIFECYCLE.find((entry) => entry.api === row.api);
  return {
    api: row.api,
    deprecatedAt: row.deprecated_at?.getTime() ?? null,
    eosAt: row.eos_at?.getTime() ?? null,
    eolAt: row.eol_at?.getTime() ?? null,
    successor: row.successor,
    lenientState: shipped?.lenientState ?? null,
  };
}

function toIso(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}
