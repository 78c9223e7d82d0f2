import type { Issue } from "@breakwater/formats/records";
import { sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import type { JobKey } from "../../jobs/index.ts";
import type { ScanStep } from "../findings/index.ts";

/** Formats whose pages say that more follows, by the warning that tells of it: the last page says nothing. */
const PAGE_CODES: ReadonlyMap<string, string> = new Map([
  ["asff", "asff-page"],
  ["defender", "defender-page"],
]);

/** Of a file that looks whole, and is what was left of the import before it. */
const AFTER_PAGE: Issue = {
  level: "warning",
  code: "page-after-page",
  where: "whole file",
  message:
    "the import before it was one page of several, so this one is taken for the next: nothing is closed that it does not name; make one file of all pages to have findings closed",
};

/** Whether the import of the connection that was sent before this one was a page with more to follow. */
export async function followsPage(
  db: Database,
  { subscriptionId, id }: JobKey,
  connectionId: number,
  format: string,
): Promise<boolean> {
  const code = PAGE_CODES.get(format);
  if (code === undefined) return false;
  const { rows } = await sql<{ isPage: boolean }>`
    SELECT EXISTS (SELECT FROM import_issue i
      WHERE i.subscription_id = ${subscriptionId} AND i.code = ${code} AND i.job_id = (
        SELECT former.id FROM import_job former JOIN import_job own USING (subscription_id)
        WHERE subscription_id = ${subscriptionId} AND own.id = ${id} AND former.id <> own.id
          AND former.connection_id = ${connectionId} AND former.created_at <= own.created_at
        ORDER BY former.created_at DESC LIMIT 1)) AS "isPage"`.execute(db.imports);
  return rows[0]?.isPage ?? false;
}

/** @param isAfterPage asked at the end of a file that says that it is whole */
export async function* closingNothingIf(
  isAfterPage: () => boolean,
  told: AsyncIterable<readonly ScanStep[]>,
): AsyncGenerator<ScanStep[]> {
  for await (const steps of told) {
    yield steps.flatMap((step): ScanStep[] => {
      if (step.type !== "end" || !step.isComplete || !isAfterPage()) return [step];
      return [
        { type: "issue", issue: AFTER_PAGE },
        { type: "end", isComplete: false },
      ];
    });
  }
}
