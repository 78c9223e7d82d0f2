import type { JsonObject } from "../../json/index.ts";
import { childOf, childrenOf, type ScanWriter, textOf, type XmlElement, xmlScan } from "../kit/index.ts";
import { BillOfMaterials } from "./bill-of-materials.ts";
import { toComponentRecord } from "./component.ts";

/**
 * CycloneDX in XML, 1.4 to 1.6; also 1.2 and 1.3, where vulnerabilities stand within their components in a namespace of
 * their own. Elements are brought into the shape of JSON, which one mapping reads.
 */
export const parseCycloneDxXml = xmlScan<BillOfMaterials>({
  product: "CycloneDX",
  start: () => new BillOfMaterials(),
  records: {
    "bom/metadata/timestamp": ({ text }, { state }) => state.timestamp(text),
    "bom/metadata/component": (element, { state }) => state.target(toComponentJson(element)),
    "bom/components/component": (element, { out, where, state }) => {
      state.component(toComponentJson(element), out, where);
      tellWithin(withoutPrefixes(element), state, out);
    },
    "bom/services/service": (element, { out, where, state }) => state.component(toComponentJson(element), out, where),
    "bom/vulnerabilities/vulnerability": (element, { out, where, state }) =>
      state.vulnerability(toVulnerabilityJson(element), out, where),
    // 1.2 and 1.3 may tell them apart from the components, by the prefix that the extension's schema gives itself.
    "bom/v:vulnerabilities/v:vulnerability": (element, { out, where, state }) =>
      state.vulnerability(toVulnerabilityJson(withoutPrefixes(element)), out, where),
  },
  end: ({ out, state }) => state.end(out),
});

/** The vulnerabilities of a component and of those within it. */
function tellWithin(element: XmlElement, state: BillOfMaterials, out: ScanWriter): void {
  const component = toComponentRecord(toComponentJson(element));
  for (const vulnerability of childrenOf(element, "vulnerabilities/vulnerability")) {
    state.vulnerability(toVulnerabilityJson(vulnerability), out, `line ${vulnerability.line}`, component);
  }
  for (const inner of childrenOf(element, "components/component")) tellWithin(inner, state, out);
}

/** `v:vulnerability` as `vulnerability`. */
function withoutPrefixes(element: XmlElement): XmlElement {
  const name = element.name.slice(element.name.indexOf(":") + 1);
  return { ...element, name, children: element.children.map(withoutPrefixes) };
}

function toComponentJson(element: XmlElement): JsonObject {
  const inner = [...childrenOf(element, "components/component"), ...childrenOf(element, "services/service")];
  return {
    "bom-ref": element.attributes["bom-ref"] ?? "",
    group: textOf(element, "group"),
    name: textOf(element, "name"),
    version: textOf(element, "version"),
    purl: textOf(element, "purl"),
    components: inner.map(toComponentJson),
  };
}

function toVulnerabilityJson(element: XmlElement): JsonObject {
  const source = childOf(element, "source");
  const advisories = childrenOf(element, "advisories/advisory");
  return {
    id: textOf(element, "id"),
    source: { name: source?.attributes.name ?? textOf(element, "source/name"), url: textOf(element, "source/url") },
    references: childrenOf(element, "references/reference").map((reference) => ({ id: textOf(reference, "id") })),
    ratings: childrenOf(element, "ratings/rating").map((rating) => ({
      source: { name: textOf(rating, "source/name") },
      // 1.2 tells scores by kind.
      score: textOf(rating, "score/base") || textOf(rating, "score"),
      severity: textOf(rating, "severity"),
      method: textOf(rating, "method"),
      vector: textOf(rating, "vector"),
    })),
    cwes: childrenOf(element, "cwes/cwe").map(({ text }) => text),
    description: textOf(element, "description"),
    detail: textOf(element, "detail"),
    recommendation: textOf(element, "recommendation") || textOf(element, "recommendations/recommendation"),
    advisories: advisories.map((advisory) => ({ url: textOf(advisory, "url") || advisory.text })),
    published: textOf(element, "published"),
    analysis: {
      state: textOf(element, "analysis/state"),
      response: childrenOf(element, "analysis/responses/response").map(({ text }) => text),
      detail: textOf(element, "analysis/detail"),
    },
    affects: [...childrenOf(element, "affects/target").map(toAffectedJson), { ref: element.attributes.ref ?? "" }],
  };
}

function toAffectedJson(target: XmlElement): JsonObject {
  const versions = childrenOf(target, "versions/version").map((version) => ({ status: textOf(version, "status") }));
  return { ref: textOf(target, "ref"), versions };
}
