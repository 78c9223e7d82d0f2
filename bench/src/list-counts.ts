import { USUAL_FILTERS } from "./finding-list.ts";
import { openListServer, type Reader } from "./list-server.ts";
import type { BenchResult } from "./result.ts";

const DEFAULT_FINDINGS = 2_000_000;
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

/** Latency of counts and of the groups of a dashboard over HTTP, ten readers at once. */
export async function runListCountsBench(options: { findings?: number } = {}): Promise<BenchResult> {
  const server = await openListServer({ findings: options.findings ?? DEFAULT_FINDINGS });
  try {
    const rows: BenchResult["rows"] = [];
    for (const reader of READERS) {
      rows.push(await server.measure(`count of findings, ${reader}`, reader, "/etm/1.0/finding/count", {}));
      rows.push(await server.measure(`count of assets, ${reader}`, reader, "/etm/1.0/asset/count", {}));
    }
    for (const [what, query] of Object.entries(USUAL_FILTERS)) {
      rows.push(await server.measure(`count, ${what}`, "all", "/etm/1.0/finding/count", query));
    }
    for (const path of ["/ot/1.0/host/count", "/ot/1.0/detection/count"]) {
      rows.push(await server.measure(path, "all", path, {}));
    }
    for (const groupBy of GROUPS) {
      rows.push(await server.measure(`groups by ${groupBy}`, "all", "/etm/1.0/finding/stats", { groupBy }));
    }
    for (const reader of ["common", "rare"] as const) {
      rows.push(
        await server.measure(`groups by severity, ${reader}`, reader, "/etm/1.0/finding/stats", {
          groupBy: "severity",
        }),
      );
    }
    return { name: "list-counts", rows };
  } finally {
    await server.close();
  }
}
