import type { ProjectFileParser } from "../../records.ts";
import { orderModules } from "../module-tree.ts";
import { type ProjectBuilder, projectParser, toProjectText } from "../project-parser.ts";
import { walkXml, type XmlAttributes, type XmlVisitor } from "../xml-walk.ts";
import { toLogixDate } from "./logix-date.ts";
import { type LogixController, type LogixModule, type LogixPort, toProjectModules } from "./logix-modules.ts";

/**
 * Rockwell Logix Designer export (`RSLogix5000Content`, "Logix 5000 Controllers Import/Export", 1756-RM084): the
 * controller and its tree of modules. Everything else of it, the program above all, is passed over.
 *
 * Issues: those of the XML reader, `l5x-export-type`, `l5x-no-controller`, `l5x-module`, `too-many-modules`.
 */
export const parseL5x: ProjectFileParser = projectParser(async (source, out) => {
  const visitor = new L5xVisitor(out);
  await walkXml(source, visitor, out);
  visitor.finish();
});

const MODULE = "RSLogix5000Content/Controller/Modules/Module";

class L5xVisitor implements XmlVisitor {
  readonly #out: ProjectBuilder;
  readonly #path: string[] = [];
  #content: XmlAttributes | null = null;
  #controller: LogixController | null = null;
  readonly #modules: LogixModule[] = [];

  constructor(out: ProjectBuilder) {
    this.#out = out;
  }

  open(name: string, attributes: () => XmlAttributes, line: number): boolean {
    const parent = this.#path.at(-1);
    const path = parent === undefined ? name : parent === "" ? "" : `${parent}/${name}`;
    // Below what is of interest nothing has a path, so that the large rest costs no text.
    const isKnown = path !== "" && (MODULE.startsWith(path) || PARTS.has(path));
    this.#path.push(isKnown ? path : "");
    if (!isKnown) return false;
    if (path === "RSLogix5000Content") this.#content = attributes();
    else if (path === "RSLogix5000Content/Controller") this.#controller ??= toController(attributes());
    else if (path === MODULE) this.#openModule(attributes(), line);
    else if (path === `${MODULE}/EKey`) this.#module.keying = attributes().State ?? null;
    else if (path === `${MODULE}/Ports/Port`) this.#module.ports.push(toPort(attributes()));
    return false;
  }

  close(): void {
    this.#path.pop();
  }

  finish(): void {
    const content = this.#content;
    if (content === null) return;
    const { TargetType: target, TargetName: targetName } = content;
    if (target !== undefined && target !== "Controller") {
      const what = `${target} ${JSON.stringify(toProjectText(targetName) ?? "")}`;
      const message = `the file is an export of ${what} only: save the whole project as .L5X`;
      this.#out.fail("l5x-export-type", "line 1", message);
      return;
    }
    const controller = this.#controller;
    if (controller === null) {
      if (this.#out.isComplete) this.#out.fail("l5x-no-controller", "whole file", "the file describes no controller");
      return;
    }
    const modules = toProjectModules(controller, this.#modules);
    for (const module of orderModules(modules)) this.#out.addModule(module);
    this.#out.project = {
      // Names such as Main are common; the second at which a project was made is not.
      key: `rockwell l5x ${controller.name.toLowerCase()} ${controller.createdAt ?? ""}`.trim(),
      name: controller.name,
      extension: "l5x",
      vendor: "Rockwell Automation",
      toolName: "Studio 5000 Logix Designer",
      toolVersion: toProjectText(content.SoftwareRevision),
      plantLocation: null,
      savedAt: toLogixDate(controller.savedAt) ?? toLogixDate(content.ExportDate),
      isPartial: false,
    };
  }

  get #module(): LogixModule {
    return this.#modules.at(-1)!;
  }

  #openModule(attributes: XmlAttributes, line: number): void {
    const name = toProjectText(attributes.Name);
    if (name === null) {
      const message = "a module has no name; its place in the tree is not known";
      this.#out.warn("l5x-module", `line ${line}`, message);
    }
    this.#modules.push({ ...toModule(attributes), name: name ?? `line ${line}` });
  }
}

const PARTS = new Set([`${MODULE}/EKey`, `${MODULE}/Ports`, `${MODULE}/Ports/Port`]);

function toController(attributes: XmlAttributes): LogixController {
  return {
    name: toProjectText(attributes.Name) ?? "Controller",
    catalogNumber: toProjectText(attributes.ProcessorType),
    major: toProjectText(attributes.MajorRev),
    minor: toProjectText(attributes.MinorRev),
    serialNumber: toSerialNumber(attributes.ProjectSN),
    createdAt: toProjectText(attributes.ProjectCreationDate),
    savedAt: toProjectText(attributes.LastModifiedDate),
  };
}

function toModule(attributes: XmlAttributes): Omit<LogixModule, "name"> {
  return {
    catalogNumber: toProjectText(attributes.CatalogNumber),
    vendorId: toProjectText(attributes.Vendor),
    productType: toProjectText(attributes.ProductType),
    major: toProjectText(attributes.Major),
    minor: toProjectText(attributes.Minor),
    parent: toProjectText(attributes.ParentModule),
    parentPort: toProjectText(attributes.ParentModPortId),
    keying: null,
    ports: [],
  };
}

function toPort(attributes: XmlAttributes): LogixPort {
  return {
    id: toProjectText(attributes.Id),
    type: toProjectText(attributes.Type),
    address: toProjectText(attributes.Address),
    isUpstream: attributes.Upstream === "true",
  };
}

/** `16#1234_5678` as the controller itself tells it, `0x12345678`; null for the zero of projects without one. */
function toSerialNumber(text: string | undefined): string | null {
  const digits = /^16#([0-9a-f_]{1,16})$/i
    .exec(text?.trim() ?? "")?.[1]
    ?.replaceAll("_", "")
    .toLowerCase();
  return digits === undefined || /^0*$/.test(digits) ? null : `0x${digits.padStart(8, "0")}`;
}
