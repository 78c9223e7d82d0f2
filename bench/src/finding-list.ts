import { assetTable, findingTable, isSortable } from "@breakwater/domain/query/index";
import type { ListServer, Reader } from "./list-server.ts";
import type { BenchResult } from "./result.ts";

const PAGE = { pageSize: "100" };
/** From 0. */
const DEEP_PAGE = 999;
/** Each asked for once: no reader finds a page that another has seen. */
const TURNED_PAGES = Array.from({ length: 400 }, (_, index) => String(DEEP_PAGE + 1 + index));
const READERS: readonly Reader[] = ["all", "common", "rare"];
const FINDINGS = "/etm/1.0/finding/list";
const ASSETS = "/etm/1.0/asset/list";
/** Without data behind them they sort by nothing; those of the token table that have some are measured. */
const SORTED_FINDINGS =
  /^finding\.(id|title|type|instance|port|protocol|severity|criticality|qds|epssScore|cvss3BaseScore|status|detectionAge|is\w+Available|vendorProductName|cveId|\w+Date)$/;
const USUAL_SORTS = ["finding.qds", "finding.severity", "finding.firstFoundDate"];

/** What filters people usually begin with. */
export const USUAL_FILTERS: Readonly<Record<string, Record<string, string>>> = {
  severity: { filter: "finding.severity:5" },
  open: { filter: "finding.status:[NEW,ACTIVE,REOPENED]" },
  "severity and status": { filter: "finding.severity>=4 and finding.status:[NEW,ACTIVE]" },
  CVE: { filter: "finding.cveId:CVE-2025-10777" },
  port: { filter: "finding.port:502" },
  title: { filter: 'finding.title:"Vendor 7"' },
  "first found since": { filter: "finding.firstFoundDate>=2026-01-03" },
  "last found since": { filter: "finding.lastFoundDate>=2026-04-01" },
  "not found since": { filter: "finding.lastFoundDate<2026-04-01" },
  "asset name": { assetFilter: 'asset.name:"plc-777.plant.example"' },
  tag: { assetFilter: "asset.tag.name:`Plant 2`" },
  "rare tag": { assetFilter: "asset.tag.name:Rare" },
  address: { assetFilter: "asset.interface.address:10.0.3.9" },
  network: { assetFilter: "asset.interface.address:10.0.3.0/24" },
};

/** Latency of pages of the ETM lists over HTTP, ten readers at once: each order, the usual filters, three scopes. */
export async function runFindingListBench(server: ListServer): Promise<BenchResult> {
  return { name: "finding-list", rows: [...(await measureFindings(server)), ...(await measureAssets(server))] };
}

async function measureFindings(server: ListServer): Promise<BenchResult["rows"]> {
  const rows: BenchResult["rows"] = [];
  const add = async (what: string, query: Record<string, string>, reader: Reader = "all") =>
    rows.push(await server.measure(`findings, ${what}`, { path: FINDINGS, query: { ...PAGE, ...query }, reader }));
  for (const reader of READERS) {
    await add(`first page, ${reader}`, {}, reader);
    for (const token of USUAL_SORTS) await add(`by ${token}, ${reader}`, { sort: toSort(token) }, reader);
  }
  for (const token of USUAL_SORTS) {
    const query = { ...PAGE, sort: toSort(token), pageNumber: String(DEEP_PAGE - 1) };
    const before = await server.get({ path: FINDINGS, query });
    const cursor = before.headers.get("X-Next-Cursor") as string;
    await add(`by ${token}, 1000th page by cursor`, { sort: toSort(token), cursor });
  }
  const sortable = findingTable.tokens.filter(
    (token) => isSortable(findingTable, token) && SORTED_FINDINGS.test(token.name),
  );
  for (const { name } of sortable) {
    await add(`by ${name}`, { sort: toSort(name) });
    await add(`by ${name}, 1000th page`, { sort: toSort(name), pageNumber: String(DEEP_PAGE) });
  }
  await add("by finding.lastFoundDate, oldest first", { sort: JSON.stringify([{ "finding.lastFoundDate": "asc" }]) });
  for (const [what, query] of Object.entries(USUAL_FILTERS)) await add(`filter ${what}`, query);
  for (const order of [{}, { sort: toSort("finding.qds") }]) {
    const by = "sort" in order ? " by finding.qds" : "";
    const pages = TURNED_PAGES.map((pageNumber) => ({ ...PAGE, ...order, pageNumber }));
    rows.push(await server.measure(`findings${by}, turning pages`, { path: FINDINGS, query: pages }));
    const first = { path: FINDINGS, query: { ...PAGE, ...order } };
    rows.push(await server.measureWhileWriting(`findings, first page${by}`, first));
  }
  return rows;
}

async function measureAssets(server: ListServer): Promise<BenchResult["rows"]> {
  const rows: BenchResult["rows"] = [];
  const add = async (what: string, query: Record<string, string>, reader: Reader = "all") =>
    rows.push(await server.measure(`assets, ${what}`, { path: ASSETS, query: { ...PAGE, ...query }, reader }));
  for (const reader of READERS) await add(`first page, ${reader}`, {}, reader);
  for (const name of [
    "asset.name",
    "asset.criticalityScore",
    "asset.riskScore",
    "asset.inventory.createdDate",
    "operatingSystem.name",
  ]) {
    if (!assetTable.tokens.some((token) => token.name === name)) throw new Error(`there is no token ${name}`);
    await add(`by ${name}`, { sort: toSort(name) });
    await add(`by ${name}, 1000th page`, { sort: toSort(name), pageNumber: String(DEEP_PAGE) });
  }
  for (const [what, { assetFilter }] of Object.entries(USUAL_FILTERS)) {
    if (assetFilter) await add(`filter ${what}`, { filter: assetFilter });
  }
  rows.push(await server.measureWhileWriting("assets, first page", { path: ASSETS, query: PAGE }));
  return rows;
}

function toSort(token: string): string {
  return JSON.stringify([{ [token]: "desc" }]);
}
