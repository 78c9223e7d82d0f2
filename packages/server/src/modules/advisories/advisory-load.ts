import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

/** What is stored of advisories; times in epoch ms. */
type AdvisoryLoad = {
  source: string;
  version: null;
  publishedAt: number;
  loadedAt: number;
  records: number;
  changed: number;
  isComplete: true;
};

/** How old the subscription's advisories are, and how many; undefined when it has none. */
export async function readAdvisoryLoad({ read, subscriptionId }: ScopedDb): Promise<AdvisoryLoad | undefined> {
  const { rows } = await sql<{
    publishers: string[];
    publishedAt: Date;
    loadedAt: Date;
    records: number;
    changed: number;
  }>`
    SELECT array_agg(DISTINCT publisher ORDER BY publisher) AS publishers, max(updated_at) AS "publishedAt", max(last) AS "loadedAt",
      count(*) AS records, count(*) FILTER (WHERE imported_at = last) AS changed
    FROM (SELECT *, max(imported_at) OVER () AS last FROM ot_advisory WHERE subscription_id = ${subscriptionId}) a
    HAVING count(*) > 0`.execute(read);
  const [row] = rows;
  if (!row) return undefined;
  const { publishers, publishedAt, loadedAt, records, changed } = row;
  const source = publishers.length === 1 ? `CSAF, ${publishers[0]}` : `CSAF, ${publishers.length} publishers`;
  const times = { publishedAt: publishedAt.getTime(), loadedAt: loadedAt.getTime() };
  return { source, version: null, ...times, records, changed, isComplete: true };
}
