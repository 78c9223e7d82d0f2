import type { FindingCategory, Severity } from "../../records.ts";
import {
  type CheckInput,
  type PlaceInput,
  severityOfScore,
  severityOfWord,
  toAliases,
  toCves,
  toCwes,
} from "../kit/index.ts";
import type { Result, Rule } from "./records.ts";

/** @param id with the tool's name before it, if that is not the tool of the file */
export function toCheck(id: string, rule: Rule | undefined): CheckInput {
  const tags = rule?.tags ?? [];
  const cveIds = toCves(id, tags);
  // Some tools put the package behind the advisory: `GHSA-…-log4j-core`.
  const advisory = GHSA.exec(rule?.id || id)?.[0];
  const category = toCategory(tags, advisory ? [...cveIds, advisory] : cveIds);
  return {
    id,
    title: rule?.title || rule?.id || id,
    description: rule?.description ?? "",
    solution: rule?.help ?? "",
    severity: toSeverity("", rule),
    sourceSeverity: rule?.score == null ? (rule?.level ?? "") : String(rule.score),
    cveIds,
    // Rules of code have ids that look like advisories: `CA-1000`.
    aliases: category === "VULNERABILITY" ? toAliases(advisory ?? id) : [],
    cweIds: toCwes(
      tags.filter((tag) => /cwe-?\d/i.test(tag)),
      rule?.cwes ?? [],
    ),
    references: rule?.helpUri ? [rule.helpUri] : [],
    category,
  };
}

const GHSA = /^GHSA(-[23456789cfghjmpqrvwx]{4}){3}(?![^-])/i;

function toCategory(tags: readonly string[], advisories: readonly string[]): FindingCategory {
  const words = new Set(tags.map((tag) => tag.toLowerCase()));
  if (advisories.length > 0 || words.has("vulnerability")) return "VULNERABILITY";
  if (words.has("secret") || words.has("secrets")) return "SECRET";
  if (words.has("misconfiguration") || words.has("iac")) return "MISCONFIGURATION";
  return words.has("license") ? "LICENSE" : "CODE";
}

/** @param path of the file; empty where the result names none */
export function toPlace(result: Result, rule: Rule | undefined, path: string): PlaceInput {
  const place = result.line === null ? path : `${path}:${result.line}`;
  return {
    instance: [path, result.fingerprint].filter((part) => part !== "").join(" ") || null,
    evidence: [place, toMessage(result, rule)].filter((part) => part !== "").join(": "),
    severity: toSeverity(result.kind !== "" && result.kind !== "fail" ? result.level || "none" : result.level, rule),
    ...(result.fate === "open" ? {} : { state: result.fate }),
    ...(result.fate === "mitigated" ? { isIgnored: true } : {}),
  };
}

/** What a rule rates itself counts before the level, which knows three steps only. Without either it is a warning. */
function toSeverity(level: string, rule: Rule | undefined): Severity {
  const rated = level === "none" ? null : severityOfScore(rule?.score ?? null);
  return rated ?? severityOfWord(level) ?? severityOfWord(rule?.level) ?? 3;
}

/** The text with its arguments in place: `{0}`. */
function toMessage({ message }: Result, rule: Rule | undefined): string {
  const text = message.text || rule?.messages.find(([id]) => id === message.id)?.[1] || "";
  return message.arguments.length === 0
    ? text
    : text.replaceAll(/\{(\d{1,3})\}/g, (whole, index: string) => message.arguments[Number(index)] ?? whole);
}
