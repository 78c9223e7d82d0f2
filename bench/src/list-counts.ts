import { USUAL_FILTERS } from "./finding-list.ts";
import type { ListServer, Reader } from "./list-server.ts";
import type { BenchResult } from "./result.ts";

const READERS: readonly Reader[] = ["all", "common", "rare"];
const GROUPS = [
  "severity",
  "criticality",
  "status",
  "category",
  "product",
  "cve",
  "check",
  "asset",
  "tag",
  "connection",
];

const COUNT = "/etm/1.0/finding/count";
const STATS = "/etm/1.0/finding/stats";

/** Latency of counts and of the groups of a dashboard over HTTP, ten readers at once. */
export async function runListCountsBench(server: ListServer): Promise<BenchResult> {
  const rows: BenchResult["rows"] = [];
  const add = async (what: string, path: string, query: Record<string, string> = {}, reader: Reader = "all") =>
    rows.push(await server.measure(what, { path, query, reader }));
  for (const reader of READERS) {
    await add(`count of findings, ${reader}`, COUNT, {}, reader);
    await add(`count of assets, ${reader}`, "/etm/1.0/asset/count", {}, reader);
  }
  for (const [what, query] of Object.entries(USUAL_FILTERS)) await add(`count, ${what}`, COUNT, query);
  for (const path of ["/ot/1.0/host/count", "/ot/1.0/detection/count"]) await add(path, path);
  for (const groupBy of GROUPS) await add(`groups by ${groupBy}`, STATS, { groupBy });
  for (const reader of ["common", "rare"] as const)
    await add(`groups by severity, ${reader}`, STATS, { groupBy: "severity" }, reader);
  return { name: "list-counts", rows };
}
