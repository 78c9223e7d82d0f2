import { CIP_DEVICE_TYPES } from "../../capture/dissectors/enip/device-types.ts";
import { ODVA_VENDORS } from "../../capture/dissectors/enip/vendors.ts";
import type { ByteSource, HardwareIdentity, ProjectFileParser } from "../../records.ts";
import { LIMITS } from "../limits.ts";
import { type ProjectBuilder, projectParser, toProjectText } from "../project-parser.ts";
import { walkXml, type XmlAttributes } from "../xml-walk.ts";
import { readAcdDirectory, readAcdMember } from "./acd-directory.ts";

/**
 * Rockwell Logix Designer project (`.ACD`), a container of gzip members: name, kind and revision of the controller from
 * its quick information. The tree of modules is in a database of the tool's own, which is not read: the project stays
 * partial, and an export as .L5X tells the rest.
 *
 * Issues: `acd-too-large`, `acd-directory`, `acd-quick-info`, `acd-partial`, those of the XML reader.
 */
export const parseAcd: ProjectFileParser = projectParser(async (source, out) => {
  const file = await readWhole(source);
  if (file === null) {
    const message = `the project is larger than ${LIMITS.maxContainerBytes} bytes: export it as .L5X and import that`;
    out.fail("acd-too-large", "whole file", message);
    return;
  }
  const entries = readAcdDirectory(file);
  if (entries === null) {
    out.fail(
      "acd-directory",
      "end of file",
      "the list of members at the end cannot be read: the file is cut or damaged",
    );
    return;
  }
  const entry = entries.find(({ name }) => name.toLowerCase() === "quickinfo.xml");
  const quickInfo = entry === undefined ? null : readAcdMember(file, entry);
  if (quickInfo === null) {
    out.fail(
      "acd-quick-info",
      "QuickInfo.XML",
      "the file's quick information is missing or damaged: save the project again",
    );
    return;
  }
  await readQuickInfo(quickInfo, toSavedAt(file, entries), out);
});

async function readWhole(source: ByteSource): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > LIMITS.maxContainerBytes) return null;
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks, bytes);
}

async function readQuickInfo(xml: Buffer, savedAt: number | null, out: ProjectBuilder): Promise<void> {
  const elements = new Map<string, XmlAttributes>();
  const visitor = {
    open: (name: string, attributes: () => XmlAttributes) => {
      if (!elements.has(name)) elements.set(name, attributes());
      return false;
    },
    close: () => undefined,
  };
  await walkXml(toSource(xml), visitor, out);
  const name = toProjectText(elements.get("LogixQuickInfo")?.Name);
  if (name === null) {
    if (out.isComplete) out.fail("acd-quick-info", "QuickInfo.XML", "the file's quick information names no controller");
    return;
  }
  const tool = toProjectText(elements.get("SWVersion")?.String);
  out.addModule({
    ref: name,
    parentRef: null,
    name,
    hardware: toHardware(name, elements.get("DeviceIdentity") ?? {}),
    ipAddresses: [],
    macAddresses: [],
    isStation: true,
    bus: null,
    rack: null,
    slot: null,
    keying: "disabled",
  });
  out.warn("acd-partial", "Comps.Dat", "of an .ACD the controller alone is read: import an .L5X of it for its modules");
  out.project = {
    key: `rockwell acd ${name.toLowerCase()}`,
    name,
    extension: "acd",
    vendor: "Rockwell Automation",
    toolName: tool?.replace(/\s+v[\d.]+$/i, "") ?? null,
    toolVersion: /\bv([\d.]+)$/i.exec(tool ?? "")?.[1] ?? null,
    plantLocation: null,
    savedAt,
    isPartial: true,
  };
}

async function* toSource(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Catalogue numbers of controllers by product code, as projects of them show both. */
const CONTROLLERS: Readonly<Record<string, string>> = { "166": "1756-L83E", "168": "1756-L85E" };

function toHardware(name: string, identity: XmlAttributes): HardwareIdentity {
  const {
    VendorID: vendor,
    ProductType: type,
    ProductCode: code,
    MajorRevision: major,
    MinorRevision: minor,
  } = identity;
  const hardware: HardwareIdentity = { deviceName: name };
  const manufacturer = ODVA_VENDORS[Number(vendor)];
  if (manufacturer !== undefined) hardware.manufacturer = manufacturer;
  const typeName = CIP_DEVICE_TYPES[Number(type ?? Number.NaN)];
  if (typeName !== undefined) hardware.type = typeName;
  const catalogNumber = vendor === "1" && type === "14" ? CONTROLLERS[code ?? ""] : undefined;
  if (catalogNumber !== undefined) hardware.catalogNumber = catalogNumber;
  if (/^\d{1,5}$/.test(major ?? "")) hardware.firmwareVersion = `${major}.${toProjectText(minor) ?? "0"}`;
  return hardware;
}

const SAVED = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})\.(\d{3}): Saved\b/gm;

/** The last line of the log of versions that tells a saving; it has no zone and is read as UTC. */
function toSavedAt(file: Buffer, entries: NonNullable<ReturnType<typeof readAcdDirectory>>): number | null {
  const log = entries.find(({ name }) => name.toLowerCase() === "version.log");
  const text = log === undefined ? "" : (readAcdMember(file, log)?.toString("latin1") ?? "");
  const [, ...parts] = [...text.matchAll(SAVED)].at(-1) ?? [];
  const [year, month = 1, day, hour, minute, second, ms] = parts.map(Number);
  return year === undefined ? null : Date.UTC(year, month - 1, day, hour, minute, second, ms);
}
