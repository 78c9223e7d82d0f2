export type { AssetInput } from "./asset-input.ts";
export { AwaitedAssets } from "./awaited-assets.ts";
export { BoundedMap } from "./bounded-map.ts";
export { toCloudIdentifiers } from "./cloud-resource.ts";
export type { CsvDelimiter } from "./csv-head.ts";
export { type CsvRow, type CsvScanMapping, csvScan } from "./csv-scan.ts";
export { type JsonRecordMapping, type JsonScanMapping, jsonScan } from "./json-scan.ts";
export { type Component, componentOfPackageUrl } from "./package-url.ts";
export { Pending } from "./pending.ts";
export { toPlainText } from "./plain-text.ts";
export { RowFindings } from "./row-findings.ts";
export { type CheckInput, type PlaceInput, ScanWriter } from "./scan-writer.ts";
export {
  anyFix,
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
export { type DateOrder, toWrittenTime } from "./written-time.ts";
export { allText, childOf, childrenOf, textOf, type XmlElement, type XmlScanMapping, xmlScan } from "./xml-scan.ts";
