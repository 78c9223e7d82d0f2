import type { Advisory } from "@breakwater/domain/ot/advisories/index";
import type { AdvisoryEvent, Issue } from "@breakwater/formats/records";
import type { Database } from "../../db/pool.ts";
import { type ImportCounts, NO_COUNTS } from "../ingest/sink.ts";
import { holdTags } from "../tags/index.ts";
import { createAdvisorySink } from "./advisory-sink.ts";
import { matchDueHosts } from "./match-hosts.ts";

/** Imports advisories with real transactions. @returns counters and issues */
export async function importAdvisories(
  db: Database,
  subscriptionId: number,
  events: AsyncIterable<AdvisoryEvent[]> | Iterable<AdvisoryEvent[]>,
  importedAt = Date.UTC(2026, 0, 1),
): Promise<{ counts: ImportCounts; issues: Issue[] }> {
  const counts = { ...NO_COUNTS };
  const issues: Issue[] = [];
  const sink = createAdvisorySink({
    subscriptionId,
    importedAt,
    counts,
    issue: (issue) => issues.push(issue),
    commit: (work) =>
      db.imports.transaction().execute(async (tx) => {
        await holdTags(tx, subscriptionId);
        await work(tx);
      }),
  });
  for await (const batch of events) await sink.write(batch);
  await sink.end();
  return { counts, issues };
}

/** Matches all hosts that wait for it. @returns how many findings came, came back and went */
export async function matchAll(db: Database, subscriptionId: number, at = Date.UTC(2026, 0, 2)) {
  const total = { added: 0, reopened: 0, fixed: 0 };
  for (let isDone = false; !isDone; ) {
    const result = await db.imports.transaction().execute(async (tx) => {
      await holdTags(tx, subscriptionId);
      return await matchDueHosts(tx, subscriptionId, at);
    });
    total.added += result.added;
    total.reopened += result.reopened;
    total.fixed += result.fixed;
    isDone = result.isDone;
  }
  return total;
}

/** An advisory with one CVE about some products. */
export function advisory(
  id: string,
  cveId: string,
  products: readonly {
    vendor?: string;
    name: string;
    versions: string | null;
    standing?: "affected" | "not-affected";
  }[],
  over: Partial<Advisory> = {},
): Advisory {
  const releasedAt = Date.UTC(2025, 0, 1);
  return {
    id,
    title: `${products[0]!.name} can be stopped from afar`,
    url: `https://advisories.example/${id.toLowerCase()}`,
    publisher: "Example CERT",
    version: "1",
    isFinal: true,
    withdrawal: null,
    releasedAt,
    updatedAt: releasedAt,
    impact: "An attacker could stop the controller.",
    products: products.map(({ vendor = "Siemens", name, versions }, index) => ({
      id: `P${index}`,
      vendor,
      name,
      versions,
      modelNumbers: [],
      platformId: null,
      componentId: null,
    })),
    vulnerabilities: [
      {
        cveId,
        title: cveId,
        description: "A crafted packet stops the device.",
        cweId: "CWE-400",
        scores: [{ version: 3, score: 7.5, vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" }],
        standings: new Map(products.map(({ standing = "affected" }, index) => [`P${index}`, standing])),
        remediations: [{ category: "vendor_fix", details: "Ask the vendor for the fix.", url: null, productIds: [] }],
      },
    ],
    ...over,
  };
}

export function told(...advisories: readonly Advisory[]): AdvisoryEvent[][] {
  return [
    [
      ...advisories.map((one): AdvisoryEvent => ({ type: "advisory", advisory: one })),
      { type: "end", isComplete: true },
    ],
  ];
}
