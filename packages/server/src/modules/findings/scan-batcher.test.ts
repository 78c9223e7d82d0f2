import type { AssetRecord, Issue } from "@breakwater/formats/records";
import { expect, test } from "vitest";
import { CheckCatalogue } from "./check-catalogue.ts";
import { DEFAULT_BATCH_LIMITS, ScanBatcher, type ScanPosition } from "./scan-batcher.ts";

const AT = Date.UTC(2026, 1, 4, 15);
const DAY = 86_400_000;

/** The time at which each asset counts as looked at, and what was remarked of it. */
function timesOf(scannedAt: readonly (number | null)[], start: ScanPosition = { assets: 0, records: 0 }) {
  const issues: Issue[] = [];
  const batcher = new ScanBatcher(new CheckCatalogue("Scanner"), {
    start,
    importedAt: AT,
    limits: DEFAULT_BATCH_LIMITS,
    issue: (issue) => issues.push(issue),
  });
  scannedAt.forEach((at, index) => {
    batcher.add({ type: "asset", asset: toAsset(`h${index}`, at) });
  });
  const batch = batcher.finish();
  return {
    times: batch?.assets.map((one) => one.at),
    latest: batch?.at,
    remarks: issues.map(({ code, where }) => [code, where]),
  };
}

function toAsset(name: string, scannedAt: number | null): AssetRecord {
  const told = { ipAddresses: [], macAddresses: [], hostNames: [], operatingSystem: null, identifiers: [] };
  return { ref: name, name, ...told, scannedAt };
}

test("a scan's own date counts where a clock can have told it, else the import's, which is said", () => {
  expect(timesOf([null, AT - 900 * DAY, AT + DAY])).toEqual({
    times: [AT, AT - 900 * DAY, AT + DAY],
    latest: AT + DAY,
    remarks: [],
  });
  expect(timesOf([AT + DAY + 1, Date.UTC(2096, 2, 2), 0, AT - 1])).toEqual({
    times: [AT, AT, AT, AT - 1],
    latest: AT,
    remarks: ["h0", "h1", "h2"].map((name) => ["scan-date-absurd", `asset ${name}`]),
  });
});

test("a resumed import does not say again what was said of assets before", () => {
  expect(timesOf([0, 0], { assets: 1, records: 0 }).remarks).toEqual([["scan-date-absurd", "asset h1"]]);
});
