export { type DemoScanOptions, demoScan, type PlantAddress } from "./demo-scan.ts";
export { type NessusPlugin, pluginCatalogue } from "./plugin-catalogue.ts";
export { DAY_MS, type PlannedHost, type PlannedItem, planHost, type ScanSeries } from "./scan-plan.ts";
export { DEFAULT_PLUGINS, writeNessus, writeReport } from "./write-nessus.ts";
