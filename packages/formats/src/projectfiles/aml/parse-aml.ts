import type { ProjectFileParser, ProjectModuleRecord } from "../../records.ts";
import { toTime } from "../../scanners/kit/values.ts";
import { orderModules } from "../module-tree.ts";
import { type ProjectBuilder, projectParser, toProjectText } from "../project-parser.ts";
import { walkXml, type XmlAttributes, type XmlVisitor } from "../xml-walk.ts";
import { CaexElement, toInteger, toStation } from "./caex-element.ts";

/**
 * Siemens TIA Portal CAx export: CAEX 2.15 or 3.0 with the roles of AutomationML's application recommendation
 * "Automation Project Configuration". Devices have racks, racks have modules, modules have interfaces with their nodes'
 * addresses.
 *
 * Issues: those of the XML reader, `aml-no-devices`, `too-many-modules`.
 */
export const parseAml: ProjectFileParser = projectParser(async (source, out) => {
  const visitor = new AmlVisitor(out);
  await walkXml(source, visitor, out);
  visitor.finish();
});

/** Texts of the head that are kept, by element; CAEX 3.0 has them as attributes of one element. */
const HEAD = new Set(["WriterName", "WriterVersion", "LastWritingDateTime", "WriterProjectTitle", "WriterProjectID"]);

class AmlVisitor implements XmlVisitor {
  readonly #out: ProjectBuilder;
  readonly #head = new Map<string, string>();
  readonly #elements: CaexElement[] = [];
  readonly #modules: ProjectModuleRecord[] = [];
  readonly #refs = new Set<string>();
  /** Names of the open `Attribute` elements; members of structured ones are not of interest. */
  readonly #attributes: string[] = [];
  #isCaex = false;
  #projectName: string | null = null;
  #location: string | null = null;

  constructor(out: ProjectBuilder) {
    this.#out = out;
  }

  open(name: string, attributes: () => XmlAttributes, line: number): boolean {
    if (name === "CAEXFile") this.#isCaex = true;
    else if (name === "InternalElement") this.#openElement(attributes(), line);
    else if (name === "Attribute") this.#attributes.push(attributes().Name ?? "");
    else if (name === "SupportedRoleClass" || name === "RoleRequirements") this.#addRole(attributes());
    else if (name === "SourceDocumentInformation") this.#addHead(attributes());
    return HEAD.has(name) || (name === "Value" && this.#attributes.length === 1 && this.#elements.length > 0);
  }

  close(name: string, text: string): void {
    if (name === "Attribute") this.#attributes.pop();
    else if (name === "Value" && this.#attributes.length === 1) this.#addValue(this.#attributes[0]!, text);
    else if (name === "InternalElement") this.#closeElement();
    else if (HEAD.has(name) && text !== "" && !this.#head.has(name)) this.#head.set(name, text);
  }

  finish(): void {
    if (!this.#isCaex) return;
    // Of a file that ends too early, what is still open counts as far as it came.
    while (this.#elements.length > 0) this.#closeElement();
    if (this.#modules.length === 0) {
      const message =
        "no device with an order number stands in the file: export the CAx data of a project with hardware";
      if (this.#out.isComplete) this.#out.fail("aml-no-devices", "whole file", message);
      return;
    }
    for (const module of orderModules(this.#modules)) this.#out.addModule(module);
    const head = (name: string) => toProjectText(this.#head.get(name));
    const name = head("WriterProjectTitle") ?? this.#projectName ?? "TIA project";
    this.#out.project = {
      key: `siemens aml ${(head("WriterProjectID") ?? name).toLowerCase()}`,
      name,
      extension: "aml",
      vendor: "Siemens",
      toolName: head("WriterName"),
      toolVersion: toToolVersion(head("WriterVersion")),
      plantLocation: this.#location,
      savedAt: toTime(head("LastWritingDateTime")),
      isPartial: false,
    };
  }

  #openElement(attributes: XmlAttributes, line: number): void {
    const name = toProjectText(attributes.Name) ?? `line ${line}`;
    const id = toProjectText(attributes.ID) ?? `line ${line}`;
    const ref = this.#refs.has(id) ? `${id} line ${line}` : id;
    this.#refs.add(ref);
    this.#projectName ??= name;
    this.#elements.push(new CaexElement(ref, name));
  }

  #addRole(attributes: XmlAttributes): void {
    const path = attributes.RefRoleClassPath ?? attributes.RefBaseRoleClassPath ?? "";
    this.#elements.at(-1)?.roles.push(path.slice(path.lastIndexOf("/") + 1));
  }

  #addHead(attributes: XmlAttributes): void {
    const told = {
      WriterName: attributes.OriginName,
      WriterVersion: attributes.OriginVersion,
      WriterProjectTitle: attributes.OriginProjectTitle,
      WriterProjectID: attributes.OriginProjectID,
      LastWritingDateTime: attributes.LastWritingDateTime,
    };
    for (const [name, value] of Object.entries(told)) if (value && !this.#head.has(name)) this.#head.set(name, value);
  }

  #addValue(name: string, text: string): void {
    if (text === "") return;
    this.#elements.at(-1)?.set(name, text);
    if (/^(LocationIdentifier|PlantDesignation)( IEC)?$/i.test(name)) this.#location ??= toProjectText(text);
  }

  #closeElement(): void {
    const element = this.#elements.pop()!;
    const parent = this.#elements.at(-1);
    const module = element.toModule();
    if (module !== null) {
      const rack = this.#elements.findLast(({ isRack }) => isRack);
      const position = toInteger(rack?.attributes.get("PositionNumber"));
      element.modules.push({ ...module, rackRef: rack?.ref ?? parent?.ref ?? null, rack: position });
    } else if (parent !== undefined && !element.isRack && !element.isDevice) {
      element.giveTo(parent);
    }
    if (parent === undefined || element.isDevice) this.#modules.push(...toStation(element.modules));
    else parent.modules.push(...element.modules);
  }
}

/** `1700` as people call it, `V17`. */
function toToolVersion(text: string | null): string | null {
  const digits = /^(\d{2})(\d)\d$/.exec(text ?? "");
  if (digits === null) return text;
  return digits[2] === "0" ? `V${digits[1]}` : `V${digits[1]}.${digits[2]}`;
}
