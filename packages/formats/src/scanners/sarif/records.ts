import type { Json, JsonObject } from "../../json/index.ts";
import { asArray, asObject, BoundedMap, toNumber, toText } from "../kit/index.ts";

/** A rule, as far as findings need it. */
export type Rule = {
  id: string;
  title: string;
  description: string;
  help: string;
  helpUri: string;
  /** `none`, `note`, `warning`, `error`; empty where it does not say. */
  level: string;
  /** CVSS-like, 0 to 10, of the rule's property `security-severity`. */
  score: number | null;
  tags: string[];
  /** Kinds of weakness that the rule refers to in the taxonomy CWE. */
  cwes: string[];
  /** By id. */
  messages: readonly (readonly [id: string, text: string])[];
};

/** A result, as far as findings need it: small, for results are held until the rules are known. */
export type Result = {
  ruleId: string;
  /** Where the rule stands: `driver` or the position of the extension, and its position there. */
  component: number | "driver";
  ruleIndex: number;
  kind: string;
  level: string;
  message: { text: string; id: string; arguments: string[] };
  path: string;
  artifactIndex: number;
  line: number | null;
  fingerprint: string;
  fate: "open" | "mitigated" | "fixed";
};

/** The rules of a run by their place and by their id. */
export class Rules {
  readonly #byPlace = new BoundedMap<Rule>();
  readonly #byId = new BoundedMap<Rule>();

  /** @returns false when there is no room for more */
  add(component: number | "driver", index: number, rule: Rule): boolean {
    return this.#byPlace.add(`${component} ${index}`, rule) && this.#byId.add(rule.id, rule);
  }

  /** The id is more exact than the place where both are told; `CA1000/1` is a case of `CA1000`. */
  find({ ruleId, component, ruleIndex }: Result): Rule | undefined {
    const placed = this.#byPlace.get(`${component} ${ruleIndex}`);
    if (placed && (ruleId === "" || ruleId === placed.id || ruleId.startsWith(`${placed.id}/`))) return placed;
    return this.#byId.get(ruleId) ?? this.#byId.get(ruleId.slice(0, Math.max(ruleId.lastIndexOf("/"), 0)));
  }
}

export function toRule(value: JsonObject): Rule {
  const properties = asObject(value.properties);
  return {
    id: toText(value.id),
    title: textOf(value.shortDescription) || toText(value.name),
    description: textOf(value.fullDescription),
    help: textOf(value.help),
    helpUri: toText(value.helpUri),
    level: toText(asObject(value.defaultConfiguration).level),
    score: toNumber(properties["security-severity"]),
    tags: asArray(properties.tags).map(toText),
    cwes: asArray(value.relationships).flatMap((relationship) => {
      const target = asObject(asObject(relationship).target);
      return /^cwe$/i.test(toText(asObject(target.toolComponent).name)) ? [toText(target.id)] : [];
    }),
    messages: Object.entries(asObject(value.messageStrings)).map(([name, text]) => [name, textOf(text)]),
  };
}

export function toResult(value: JsonObject): Result {
  const rule = asObject(value.rule);
  const component = toNumber(asObject(rule.toolComponent).index);
  const message = asObject(value.message);
  const { physicalLocation, logicalLocations } = asObject(asArray(value.locations)[0]);
  const { artifactLocation, region } = asObject(physicalLocation);
  const artifact = asObject(artifactLocation);
  const logical = asObject(asArray(logicalLocations)[0]);
  return {
    ruleId: toText(value.ruleId) || toText(rule.id),
    component: component === null || component < 0 ? "driver" : component,
    ruleIndex: toNumber(value.ruleIndex) ?? toNumber(rule.index) ?? -1,
    kind: toText(value.kind),
    level: toText(value.level),
    message: { text: textOf(message), id: toText(message.id), arguments: asArray(message.arguments).map(toText) },
    path: toText(artifact.uri) || toText(logical.fullyQualifiedName) || toText(logical.name),
    artifactIndex: toNumber(artifact.index) ?? -1,
    line: toNumber(asObject(region).startLine),
    fingerprint: toFingerprint(asObject(value.fingerprints)) || toFingerprint(asObject(value.partialFingerprints)),
    fate: toFate(value),
  };
}

function textOf(value: Json | undefined): string {
  const { text, markdown } = asObject(value);
  return toText(text) || toText(markdown);
}

/** What the tool itself says tells two results apart; a column moves, and a text with blanks is no fingerprint. */
function toFingerprint(values: JsonObject): string {
  const names = Object.keys(values).filter((name) => !name.startsWith("primaryLocationStartColumnFingerprint"));
  const texts = names.sort().map((name) => toText(values[name]));
  return texts.filter((text) => /^\S{1,200}$/.test(text)).join(" ");
}

function toFate(value: JsonObject): Result["fate"] {
  if (value.baselineState === "absent") return "fixed";
  const suppressions = asArray(value.suppressions).map((suppression) => toText(asObject(suppression).status));
  const isSuppressed =
    suppressions.length > 0 && suppressions.every((status) => status === "" || status === "accepted");
  return isSuppressed ? "mitigated" : "open";
}
