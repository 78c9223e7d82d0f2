import type { JsonObject } from "../../json/index.ts";
import {
  asArray,
  asObject,
  BoundedMap,
  type Component,
  Pending,
  type PlaceInput,
  type ScanWriter,
  toComponent,
  toText,
  toTime,
} from "../kit/index.ts";
import { componentOfRef, toComponentRecord } from "./component.ts";
import { toVulnerability } from "./vulnerability.ts";

type Held = { checkId: string; ref: string; place: PlaceInput; where: string };

/**
 * What a file has told so far. Vulnerabilities name components by references, and what is referred to may stand anywhere,
 * so findings are told at the end.
 */
export class BillOfMaterials {
  readonly #components = new BoundedMap<Component>();
  readonly #findings = new Pending<Held>();
  #target: (Component & { ref: string }) | null = null;
  #madeAt: number | null = null;
  /** A component was told before any vulnerability: what is known of none by then the file does not tell further down. */
  #isComponentFirst = false;
  #hasVulnerabilities = false;
  #hasComponents = false;
  /** A vulnerability without a word on what was found out about it. */
  #hasUnanalysed = false;

  /** `metadata.component`, in the shape of JSON. */
  target(value: JsonObject): void {
    this.#target = { ...toComponentRecord(value), ref: toText(value["bom-ref"]) };
  }

  timestamp(value: unknown): void {
    this.#madeAt = toTime(value);
  }

  /** A component with those within it. */
  component(value: JsonObject, out: ScanWriter, where: string): void {
    this.#isComponentFirst ||= !this.#hasVulnerabilities;
    this.#hasComponents = true;
    const ref = toText(value["bom-ref"]);
    if (ref !== "" && !this.#components.add(ref, toComponentRecord(value))) {
      out.warn("cyclonedx-too-many-components", where, "the file holds more components than are known by name");
    }
    for (const inner of asArray(value.components)) this.component(asObject(inner), out, where);
  }

  /** @param own the component that the vulnerability stands in (format 1.2 and 1.3), instead of references */
  vulnerability(value: JsonObject, out: ScanWriter, where: string, own?: Component): void {
    this.#hasVulnerabilities = true;
    this.#hasUnanalysed ||= toText(asObject(value.analysis).state) === "";
    const found = toVulnerability(value);
    if (!found) {
      out.refuse("cyclonedx-vulnerability-unreadable", where, "the vulnerability has no id; it was left out");
      return;
    }
    if (!out.check(found.check, where)) return;
    const hold = (ref: string, place: PlaceInput) =>
      this.#findings.add({ checkId: found.check.id, ref, place, where }, out, where);
    const places = own ? new Map<string, PlaceInput>() : toPlaces(asArray(value.affects).map(asObject), found.place);
    if (own) hold("", { ...found.place, ...toComponentPlace(own) });
    else if (places.size === 0) hold("", found.place);
    for (const [ref, place] of places) hold(ref, place);
  }

  end(out: ScanWriter): void {
    const target = this.#target;
    // Statements (VEX) on components of another file: what they do not speak of is not gone.
    if (this.#hasVulnerabilities && !this.#hasUnanalysed && !this.#hasComponents) out.isComplete = false;
    const isOpen = out.isCutOff && !this.#isComponentFirst;
    if (!target?.name && isOpen) {
      for (const { where } of this.#findings.take()) out.refuseCutOff(where);
      return;
    }
    if (!target?.name) {
      out.warn(
        "cyclonedx-component-missing",
        "metadata",
        "the file does not name what it is about (metadata.component)",
      );
    }
    const asset = { name: target?.name || "unnamed component", isHost: false, scannedAt: this.#madeAt } as const;
    out.asset(asset);
    for (const { checkId, ref, place, where } of this.#findings.take()) {
      const check = { id: checkId, title: checkId, severity: 1 } as const;
      if (isOpen && !this.#isKnown(ref)) out.refuseCutOff(where);
      else out.finding(asset, check, { ...place, ...this.#toInstance(ref, place) }, where);
    }
  }

  #isKnown(ref: string): boolean {
    return ref === "" || ref === this.#target?.ref || this.#components.has(ref);
  }

  #toInstance(ref: string, { evidence = "" }: PlaceInput): PlaceInput {
    if (ref === "" || ref === this.#target?.ref) return {};
    const component = this.#components.get(ref) ?? componentOfRef(ref);
    const about = `${component.name} ${component.version}`.trim();
    return { ...toComponentPlace(component), evidence: [about, evidence].filter((text) => text !== "").join("\n") };
  }
}

/** By component; mitigated where all versions of it that are named are said to be unaffected. */
function toPlaces(affects: readonly JsonObject[], place: PlaceInput): Map<string, PlaceInput> {
  const places = new Map<string, PlaceInput>();
  for (const { ref, versions } of affects) {
    const named = asArray(versions).map((version) => asObject(version).status);
    const isUnaffected = named.length > 0 && named.every((status) => status === "unaffected");
    const name = toText(ref);
    if (name === "" || (isUnaffected && places.has(name))) continue;
    places.set(name, isUnaffected ? { state: "mitigated", ...place } : place);
  }
  return places;
}

function toComponentPlace({ name, version }: Component): PlaceInput {
  return { instance: toComponent(name, version), ...(version === "" ? {} : { productVersion: version }) };
}
