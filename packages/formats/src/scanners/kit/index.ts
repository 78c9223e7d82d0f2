export { AwaitedAssets } from "./awaited-assets.ts";
export { toCloudIdentifiers } from "./cloud-resource.ts";
export { type CsvRow, type CsvScanMapping, csvScan } from "./csv-scan.ts";
export { type JsonScanMapping, jsonScan } from "./json-scan.ts";
export { Pending } from "./pending.ts";
export type { AssetInput, CheckInput, PlaceInput, ScanWriter } from "./scan-writer.ts";
export {
  asArray,
  asObject,
  firstOfEachVersion,
  isIpAddress,
  severityOfScore,
  severityOfWord,
  toAliases,
  toComponent,
  toCves,
  toCvss,
  toCwes,
  toMac,
  toNumber,
  toPort,
  toText,
  toTime,
  utcTime,
} from "./values.ts";
export { allText, childOf, childrenOf, textOf, type XmlElement, type XmlScanMapping, xmlScan } from "./xml-scan.ts";
