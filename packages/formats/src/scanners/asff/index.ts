import type { Json } from "../../json/index.ts";
import { asArray, asObject, type JsonScanMapping, jsonScan, type ScanWriter, toText } from "../kit/index.ts";
import { toAsset, toDetails } from "./records.ts";

type Records = JsonScanMapping<null>["records"];

/** One finding of any product in the AWS Security Finding Format; every resource of it is an asset. */
function tellFinding(value: Json, { out, where }: { out: ScanWriter; where: string }): void {
  const record = asObject(value);
  const details = toDetails(record);
  const [first] = details;
  if (first === undefined || first.check.id === "") {
    out.refuse("asff-check-missing", where, "the finding names neither a check nor a generator; it was left out");
    return;
  }
  const resources = asArray(record.Resources).map(asObject);
  if (resources.length === 0) {
    out.refuse("asset-missing", where, "the finding names no resource that it is about; it was left out");
    return;
  }
  for (const resource of resources) {
    const asset = toAsset(resource);
    // What passed or does not apply is no finding, but the resource was looked at.
    if (/^(PASSED|NOT_AVAILABLE)$/.test(toText(asObject(record.Compliance).Status)) && asset.name !== "") {
      out.asset(asset);
      continue;
    }
    for (const { check, place } of details) {
      const instance = place.instance ?? toRegion(asset.name, toText(resource.Region));
      out.finding(asset, check, { ...place, instance }, where);
    }
  }
}

/** An account is one resource in all regions; an ARN names its own. */
function toRegion(id: string, region: string): string | null {
  return id.startsWith("arn:") || region === "" ? null : region;
}

function toParser(records: Records) {
  return jsonScan<null>({
    product: "AWS Security Hub",
    start: () => null,
    records: {
      ...records,
      NextToken: (value, { out, where }) => {
        if (toText(value) === "") return;
        out.isComplete = false;
        out.warn("asff-page", where, "the file is one page of several; nothing is closed that it does not name");
      },
    },
  });
}

/** `{ "Findings": […] }` as the API answers, or the bare array. */
export const parseAsff = toParser({ "Findings.*": tellFinding, "*": tellFinding });

/** One finding a line. */
export const parseAsffLines = jsonScan<null>({
  product: "AWS Security Hub",
  start: () => null,
  records: { "": tellFinding },
});
