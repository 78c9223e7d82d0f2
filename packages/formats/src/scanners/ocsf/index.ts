import type { Json, JsonObject } from "../../json/index.ts";
import { asObject, type JsonScanMapping, jsonScan, type ScanWriter, toNumber, toText } from "../kit/index.ts";
import { toAssets } from "./assets.ts";
import { toDetails } from "./records.ts";

const CLASSES: ReadonlySet<number> = new Set([2002, 2003, 2004]);

/**
 * Findings in the Open Cybersecurity Schema Framework, array or lines: vulnerability (class 2002), compliance (2003) and
 * detection (2004). Assets are the device and the resources that an event names. Events of other classes are passed over.
 */
function tellEvent(value: Json, { out, where }: { out: ScanWriter; where: string }): void {
  const event = asObject(value);
  const kind = toNumber(event.class_uid);
  if (kind === null || !CLASSES.has(kind)) {
    const message = `events of class ${toText(event.class_uid) || "unknown"} are not imported; supported are 2002, 2003, 2004`;
    out.refuse("ocsf-class-unsupported", where, message);
    return;
  }
  const assets = toAssets(event);
  if (assets.length === 0) {
    out.refuse("asset-missing", where, "the event names neither a device nor a resource; it was left out");
    return;
  }
  const details = isPassed(event) ? [] : toDetails(event);
  for (const asset of assets) {
    if (asset.name !== "") out.asset(asset);
    for (const { check, place } of details) {
      const instance = place.instance ?? toRegion(asset.name, event);
      out.finding(asset, check, { ...place, instance }, where);
    }
  }
}

function isPassed(event: JsonObject): boolean {
  const compliance = asObject(event.compliance);
  const words = [event.status_code, compliance.status, compliance.status_code].map(toText);
  return toNumber(compliance.status_id) === 1 || words.some((word) => /^pass(ed)?$/i.test(word));
}

/** An account is one resource in all regions; a unique id names its own. */
function toRegion(id: string, event: JsonObject): string | null {
  return id.startsWith("arn:") || id.startsWith("/") ? null : toText(asObject(event.cloud).region) || null;
}

const records: JsonScanMapping<null>["records"] = { "": tellEvent, "*": tellEvent };

export const parseOcsf = jsonScan<null>({ product: "OCSF", start: () => null, records });
