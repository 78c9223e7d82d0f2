import type { HardwareIdentity, ProjectFileParser, ProjectModuleRecord } from "../../records.ts";
import { isIpAddress, toTime } from "../../scanners/kit/values.ts";
import { orderModules } from "../module-tree.ts";
import { type ProjectBuilder, projectParser, toProjectText } from "../project-parser.ts";
import { walkXml, type XmlAttributes, type XmlVisitor } from "../xml-walk.ts";

/**
 * Schneider Electric Control Expert (formerly Unity Pro) exchange file: `.xef` (`FEFExchangeFile`), or the one inside a
 * `.zef` archive (`ZEFExchangeFile`). Of its `IOConf`: each element that has a `partItem` is a part of the hardware, with
 * its place in `equipInfo/@topoAddress`. Found out from files; nothing is published about the format.
 *
 * Issues: those of the XML reader, `xef-no-hardware`, `too-many-modules`.
 */
export const parseXef: ProjectFileParser = projectParser(async (source, out) => {
  const visitor = new XefVisitor(out);
  await walkXml(source, visitor, out);
  visitor.finish();
});

/** An open element of the hardware configuration. */
type Level = {
  line: number;
  part: XmlAttributes | null;
  topology: string | null;
  addresses: string[];
  names: string[];
};
type Part = { part: XmlAttributes; topology: string | null; addresses: string[]; name: string | null; line: number };

const MANUFACTURER = "Schneider Electric";
/** `\2.1\1.4`: the last step is rack and slot, what stands before is the bus it hangs on. */
const TOPOLOGY = /^(.*)\\(\d{1,5})\.(\d{1,5})$/;
const CONTROLLER = /^(BM[EX]P|BMEH|140CPU|TSXP|171C|TM2\d{2}C|LMC)/;
const ADDRESS_NAME = /^(ip|ipAddress|ipAddr|ipAdr|adrIP|addressIP)$/i;

class XefVisitor implements XmlVisitor {
  readonly #out: ProjectBuilder;
  #root: string | null = null;
  #header: XmlAttributes = {};
  #content: XmlAttributes = {};
  readonly #names: string[] = [];
  readonly #levels: Level[] = [];
  readonly #parts: Part[] = [];

  constructor(out: ProjectBuilder) {
    this.#out = out;
  }

  open(name: string, attributes: () => XmlAttributes, line: number): boolean {
    this.#root ??= name;
    this.#names.push(name);
    if (this.#names.length === 2 && name === "fileHeader") this.#header = attributes();
    if (this.#names.length === 2 && name === "contentHeader") this.#content = attributes();
    if (this.#levels.length === 0 && name !== "IOConf") return false;
    this.#openHardware(name, attributes(), line);
    return false;
  }

  close(): void {
    this.#names.pop();
    const level = this.#levels.pop();
    const parent = this.#levels.at(-1);
    if (level === undefined) return;
    const { part, topology, addresses, names, line } = level;
    if (part !== null) this.#parts.push({ part, topology, addresses, name: names[0] ?? null, line });
    else parent?.addresses.push(...addresses);
  }

  finish(): void {
    if (this.#root !== "FEFExchangeFile" && this.#root !== "ZEFExchangeFile") return;
    while (this.#levels.length > 0) this.close();
    const parts = this.#parts.filter(({ part }) => partNumber(part) !== null);
    const controller = parts.find(({ part }) => CONTROLLER.test(partNumber(part)!)) ?? parts[0];
    if (controller === undefined) {
      const message = "the file has no hardware configuration: export the whole project, not a part of its program";
      if (this.#out.isComplete) this.#out.fail("xef-no-hardware", "whole file", message);
      return;
    }
    const name = toProjectText(this.#content.name) ?? "Project";
    const others = parts.filter((part) => part !== controller && !isSameController(part, controller));
    const addresses = parts.filter((part) => isSameController(part, controller)).flatMap((part) => part.addresses);
    const records = [toController(controller, name, addresses), ...others.map((part) => toModule(part, controller))];
    for (const module of orderModules(records)) this.#out.addModule(module);
    this.#out.project = {
      key: `schneider xef ${name.toLowerCase()}`,
      name,
      extension: this.#root === "ZEFExchangeFile" ? "zef" : "xef",
      vendor: MANUFACTURER,
      toolName: toToolName(this.#header.product),
      toolVersion: toProjectText(/\bV?(\d+(\.\d+)+)/.exec(this.#header.product ?? "")?.[1] ?? this.#content.version),
      plantLocation: null,
      savedAt: toXefTime(this.#content.dateTime) ?? toXefTime(this.#header.dateTime),
      isPartial: false,
    };
  }

  #openHardware(name: string, attributes: XmlAttributes, line: number): void {
    const owner = this.#levels.at(-1);
    this.#levels.push({ line, part: null, topology: null, addresses: [], names: [] });
    if (owner === undefined) return;
    if (name === "partItem") owner.part = attributes;
    if (name === "equipInfo") owner.topology = attributes.topoAddress ?? null;
    const named = toProjectText(attributes.name ?? attributes.userName);
    if (name === "equipInfo" && named !== null) owner.names.push(named);
    for (const [key, value = ""] of Object.entries(attributes))
      if (ADDRESS_NAME.test(key) && isIpAddress(value) && value !== "0.0.0.0") owner.addresses.push(value);
    // Parameters are pairs of name and value.
    const value = attributes.value ?? "";
    if (ADDRESS_NAME.test(attributes.name ?? "") && isIpAddress(value) && value !== "0.0.0.0")
      owner.addresses.push(value);
  }
}

function partNumber(part: XmlAttributes): string | null {
  return toProjectText(part.partNumber)?.replaceAll(" ", "").toUpperCase() ?? null;
}

/** The controller stands for the project and once more in its rack. */
function isSameController(part: Part, controller: Part): boolean {
  return partNumber(part.part) === partNumber(controller.part);
}

function toController(controller: Part, name: string, addresses: readonly string[]): ProjectModuleRecord {
  const hardware = { ...toHardware(controller.part), deviceName: name };
  const record = { ref: toRef(controller), parentRef: null, name, hardware, macAddresses: [], keying: null };
  return { ...record, ipAddresses: [...new Set(addresses)], isStation: true, bus: null, rack: null, slot: null };
}

function toModule(part: Part, controller: Part): ProjectModuleRecord {
  const place = TOPOLOGY.exec(part.topology ?? "");
  return {
    ref: toRef(part),
    parentRef: toRef(controller),
    name: part.name ?? partNumber(part.part)!,
    hardware: { ...toHardware(part.part), ...(part.name === null ? {} : { deviceName: part.name }) },
    ipAddresses: [...new Set(part.addresses)],
    macAddresses: [],
    isStation: false,
    bus: place === null ? null : `${place[1]} ${place[2]}`,
    // Racks of the controller's own bus are numbered; those of drops have their bus alone.
    rack: place === null || place[1]!.split("\\").length > 2 ? null : Number(place[2]),
    slot: place === null ? null : Number(place[3]),
    keying: null,
  };
}

function toRef({ topology, part, line }: Part): string {
  return `${topology ?? ""} ${partNumber(part)} ${line}`;
}

function toHardware(part: XmlAttributes): HardwareIdentity {
  const hardware: HardwareIdentity = { manufacturer: MANUFACTURER, orderNumber: partNumber(part)! };
  const description = toProjectText(part.description);
  const version = toProjectText(part.version);
  if (description !== null) hardware.model = description;
  if (version !== null) hardware.firmwareVersion = version;
  return hardware;
}

function toToolName(product: string | undefined): string | null {
  return toProjectText(product?.replace(/\s*V?\d+(\.\d+)+.*$/, ""));
}

/** `date_and_time#2024-5-7-13:05:22`, which has no zone and is read as UTC, or an ISO time. */
function toXefTime(text: string | undefined): number | null {
  const match = /#(\d{4})-(\d{1,2})-(\d{1,2})-(\d{1,2}):(\d{1,2}):(\d{1,2})/.exec(text ?? "");
  if (match === null) return toTime(text);
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
