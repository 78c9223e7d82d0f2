import type { ListServer, Reader } from "./list-server.ts";
import type { BenchResult } from "./result.ts";

const PAGE = { pageSize: "100" };

const HOST_SORTS = [
  "asset.name",
  "asset.created",
  "asset.lastUpdated",
  "asset.risk",
  "asset.vulnerabilityCount",
  "asset.criticality",
  "asset.purdueLevel",
  "hardware.type",
  "hardware.manufacturer",
  "hardware.family",
  "hardware.model",
  "hardware.serialNumber",
  "hardware.firmwareVersion",
];
const HOST_FILTERS = [
  'hardware.manufacturer:"Manufacturer 7"',
  "hardware.serialNumber:SN777",
  "asset.name:plc-77*",
  "asset.risk>=900",
  "asset.purdueLevel:1",
  "asset.tags.name:Rare",
];
const DETECTION_SORTS = [
  "vulnerabilities.qid",
  "vulnerabilities.title",
  "vulnerabilities.severity",
  "vulnerabilities.status",
  "vulnerabilities.firstDetected",
  "vulnerabilities.lastDetected",
  "vulnerabilities.qds",
  "vulnerabilities.hardware.vendor",
  "asset.risk",
];
const DETECTION_FILTERS = [
  "vulnerabilities.severity:5",
  "vulnerabilities.status:[NEW,ACTIVE]",
  "vulnerabilities.cveId:CVE-2025-10077",
  'vulnerabilities.title:"Vendor 7"',
];

/** Latency of pages of the OT lists over HTTP, ten readers at once; as many hosts as a tenth of the findings. */
export async function runListPageBench(server: ListServer): Promise<BenchResult> {
  const rows: BenchResult["rows"] = [];
  for (const [name, path, sorts, filters] of [
    ["hosts", "/ot/1.0/host/list", HOST_SORTS, HOST_FILTERS],
    ["detections", "/ot/1.0/detection/list", DETECTION_SORTS, DETECTION_FILTERS],
  ] as const) {
    const add = async (what: string, query: Record<string, string>, reader: Reader = "all") =>
      rows.push(await server.measure(`${name}, ${what}`, { path, query: { ...PAGE, ...query }, reader }));
    await add("first page", {});
    await add("half way", { pageNumber: String(Math.floor(server.assets / 200)) });
    await add("first page, common tag", {}, "common");
    await add("first page, rare tag", {}, "rare");
    for (const token of sorts) {
      const sort = JSON.stringify([{ [token]: "desc" }]);
      await add(`by ${token}`, { sort });
      await add(`by ${token}, 1000th page`, { sort, pageNumber: "999" });
    }
    for (const filter of filters) await add(filter, { filter });
    rows.push(await server.measureWhileWriting(`${name}, first page`, { path, query: PAGE }));
  }
  return { name: "list-page", rows };
}
