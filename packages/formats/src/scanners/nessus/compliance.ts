import type { CheckRecord } from "../../records.ts";
import { first, firstOf, type ItemFields, type ItemHead, toCheck } from "./report-item.ts";
import { cutText } from "./text-field.ts";

/**
 * A compliance item is one rule of an audit file. All rules of an audit share one plugin id and port 0, so the rule
 * is told by its own id, else by its name.
 */
export type ComplianceResult = { checkId: string; check: CheckRecord; isPassed: boolean; evidence: string };

const MAX_NAME_CHARS = 256;
/** The first line of older reports' description: `"1.1 Password history": [FAILED]`. */
const OLD_DESCRIPTION = /^"?(.+?)"?\s*:\s*\[(PASSED|FAILED|WARNING|ERROR)\]/;

/** Null when the item names no rule. */
export function toCompliance(head: ItemHead, fields: ItemFields): ComplianceResult | null {
  const old = OLD_DESCRIPTION.exec(first(fields, "description"));
  const name = cutText(firstOf(fields, "cm:compliance-check-name") ?? old?.[1] ?? "", MAX_NAME_CHARS);
  const rule = cutText(firstOf(fields, "cm:compliance-check-id") ?? name.toLowerCase(), MAX_NAME_CHARS);
  if (rule === "") return null;
  const checkId = `${head.pluginId}/${rule}`;
  const result = (firstOf(fields, "cm:compliance-result") ?? old?.[2] ?? "").toUpperCase();
  const plain = toCheck(checkId, head, fields);
  const check: CheckRecord = {
    ...plain,
    title: name || plain.title,
    description: firstOf(fields, "cm:compliance-info", "description") ?? "",
    solution: firstOf(fields, "cm:compliance-solution", "solution") ?? "",
  };
  const evidence = firstOf(fields, "cm:compliance-actual-value", "plugin_output") ?? "";
  return { checkId, check, isPassed: result === "PASSED", evidence };
}
