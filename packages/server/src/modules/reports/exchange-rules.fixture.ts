import { type Static, type TSchema, Type } from "typebox";
import { Errors } from "typebox/value";

/**
 * What the public schemas of SARIF 2.1.0, CycloneDX 1.6 and OpenVEX 0.2.0 ask of the members that we write: required ones,
 * types, known words, and none that the schema does not know where it knows them all.
 */

const Text = Type.String();
const Name = Type.String({ minLength: 1 });
const Time = Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" });
const Uri = Type.String({ pattern: "^[a-z]+:[\\w.~:/?#@!$&'()*+,;=%-]+$" });
const closed = { additionalProperties: false };
const maybe = Type.Optional;
const list = <T extends TSchema>(items: T, minItems = 0) => Type.Array(items, { uniqueItems: true, minItems });

const SarifResult = Type.Object(
  {
    ruleId: Name,
    ruleIndex: Type.Integer({ minimum: 0 }),
    level: Type.Enum(["none", "note", "warning", "error"]),
    message: Type.Object({ text: Name }, closed),
    locations: Type.Array(
      Type.Object(
        {
          logicalLocations: list(
            Type.Object({ name: Text, fullyQualifiedName: Name, kind: Type.Literal("resource") }, closed),
            1,
          ),
        },
        closed,
      ),
    ),
    fingerprints: Type.Object({ "breakwater/v1": Name }, closed),
    baselineState: Type.Enum(["new", "unchanged", "updated", "absent"]),
    provenance: Type.Object({ firstDetectionTimeUtc: Time, lastDetectionTimeUtc: Time }, closed),
    rank: Type.Number({ minimum: -1, maximum: 100 }),
    suppressions: maybe(
      list(
        Type.Object(
          { kind: Type.Enum(["inSource", "external"]), status: Type.Literal("accepted"), justification: Text },
          closed,
        ),
      ),
    ),
    properties: Type.Object({}),
  },
  closed,
);
const SarifRule = Type.Object(
  {
    id: Name,
    shortDescription: Type.Object({ text: Name }, closed),
    properties: Type.Object({ tags: list(Text), "security-severity": maybe(Type.String({ pattern: "^\\d+\\.\\d$" })) }),
  },
  closed,
);
const SarifFile = Type.Object(
  {
    $schema: Uri,
    version: Type.Literal("2.1.0"),
    runs: Type.Array(
      Type.Object(
        {
          results: Type.Array(SarifResult),
          automationDetails: Type.Object({ id: Name }, closed),
          tool: Type.Object({ driver: Type.Object({ name: Name, rules: list(SarifRule) }, closed) }, closed),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1 },
    ),
  },
  closed,
);
export type Sarif = Static<typeof SarifFile>;

const Source = Type.Object({ name: maybe(Text), url: maybe(Uri) }, closed);
const Rating = Type.Object(
  {
    source: maybe(Source),
    score: maybe(Type.Number()),
    severity: maybe(Type.Enum(["critical", "high", "medium", "low", "info", "none", "unknown"])),
    method: Type.Enum(["CVSSv2", "CVSSv3", "CVSSv31", "CVSSv4", "OWASP", "SSVC", "other"]),
    vector: maybe(Text),
  },
  closed,
);
const Analysis = Type.Object(
  {
    state: Type.Enum([
      ...["resolved", "resolved_with_pedigree", "exploitable", "in_triage", "false_positive", "not_affected"],
    ]),
    justification: maybe(Type.Literal("protected_by_mitigating_control")),
    response: maybe(list(Type.Enum(["can_not_fix", "will_not_fix", "update", "rollback", "workaround_available"]))),
    detail: maybe(Text),
    firstIssued: Time,
    lastUpdated: Time,
  },
  closed,
);
const Vulnerability = Type.Object(
  {
    "bom-ref": Name,
    id: Name,
    source: Source,
    ratings: Type.Array(Rating),
    cwes: maybe(Type.Array(Type.Integer({ minimum: 1 }))),
    description: Text,
    detail: maybe(Text),
    recommendation: maybe(Text),
    analysis: Analysis,
    affects: list(Type.Object({ ref: Name }, closed), 1),
  },
  closed,
);
const part = { type: Type.Enum(["application", "platform", "device", "data"]), name: Text, "bom-ref": maybe(Name) };
const Component = Type.Object({ ...part, components: maybe(list(Type.Object(part, closed))) }, closed);
const Bom = Type.Object(
  {
    bomFormat: Type.Literal("CycloneDX"),
    specVersion: Type.Literal("1.6"),
    serialNumber: Type.String({
      pattern: "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    }),
    version: Type.Integer({ minimum: 1 }),
    metadata: Type.Object(
      { timestamp: Time, tools: Type.Object({ components: list(Component) }, closed), component: Component },
      closed,
    ),
    vulnerabilities: list(Vulnerability),
    components: list(Component),
  },
  closed,
);
export type CycloneDx = Static<typeof Bom>;

const Statement = Type.Object(
  {
    "@id": Uri,
    vulnerability: Type.Object({ name: Name, description: Text }, closed),
    timestamp: Time,
    products: list(
      Type.Object({ "@id": Uri, subcomponents: maybe(list(Type.Object({ "@id": Uri }, closed), 1)) }, closed),
      1,
    ),
    status: Type.Enum(["not_affected", "affected", "fixed", "under_investigation"]),
    status_notes: Text,
    justification: maybe(Type.Literal("inline_mitigations_already_exist")),
    impact_statement: maybe(Name),
    action_statement: maybe(Name),
  },
  closed,
);
const Vex = Type.Object(
  {
    "@context": Type.Literal("https://openvex.dev/ns/v0.2.0"),
    "@id": Uri,
    author: Name,
    timestamp: Time,
    version: Type.Integer({ minimum: 1 }),
    // The schema wants one at least; a part without findings has none.
    statements: list(Statement),
  },
  closed,
);
export type OpenVex = Static<typeof Vex>;

export function sarifProblems(file: Sarif): unknown[] {
  const found: unknown[] = Errors(SarifFile, file);
  if (found.length > 0) return found;
  const { results, tool } = file.runs[0]!;
  return results.filter(({ ruleId, ruleIndex }) => tool.driver.rules[ruleIndex]?.id !== ruleId);
}

/** References must be to something that the document holds, once. */
export function bomProblems(bom: CycloneDx): unknown[] {
  const found: unknown[] = Errors(Bom, bom);
  if (found.length > 0) return found;
  const components = [bom.metadata.component, ...bom.components.flatMap((one) => [one, ...(one.components ?? [])])];
  const refs = [...components, ...bom.vulnerabilities].map((one) => one["bom-ref"]);
  const known = new Set(refs);
  const dangling = bom.vulnerabilities.flatMap(({ affects }) => affects).filter(({ ref }) => !known.has(ref));
  return known.size === refs.length ? dangling : ["a bom-ref is there twice", ...dangling];
}

/** An action for what is affected; exactly one explanation for what is not; neither for the rest. */
export function openVexProblems(document: OpenVex): unknown[] {
  const found: unknown[] = Errors(Vex, document);
  return [
    ...found,
    ...document.statements.filter(({ status, action_statement, justification, impact_statement }) => {
      const explanations = [justification, impact_statement].filter((text) => text !== undefined).length;
      return (
        (action_statement !== undefined) !== (status === "affected") ||
        explanations !== (status === "not_affected" ? 1 : 0)
      );
    }),
  ];
}
