import type { Issue } from "../../records.ts";
import type { XmlTag } from "../../xml/index.ts";
import { type ItemHead, isSeverity } from "./report-item.ts";
import { cutText } from "./text-field.ts";

const MAX_PORT = 65_535;

/**
 * Reads the attributes of a ReportItem. `issue` says why an item cannot be told; it is null for items of plugin 0,
 * with which Nessus only lists open ports.
 *
 * Port 0 is Nessus' word for "the host as a whole". There the protocol `tcp` or `udp` says nothing either and becomes
 * null, so that the finding is the same one that another scanner reports without a port; `icmp` stays.
 */
export function readItemHead(tag: XmlTag): ItemHead | { issue: Issue | null } {
  const { line } = tag;
  const pluginId = tag.attribute("pluginID")?.trim() ?? "";
  if (pluginId === "0") return { issue: null };
  if (!/^\d{1,12}$/.test(pluginId)) {
    return refused("plugin-id-invalid", line, "the item has no pluginID that is a number; it was left out");
  }
  const port = readPort(tag.attribute("port"));
  if (port === undefined) return refused("port-invalid", line, "the item's port is not 0 to 65535; it was left out");
  const protocol = readProtocol(tag.attribute("protocol"));
  if (protocol === undefined || (port !== null && protocol === null)) {
    return refused("protocol-invalid", line, "the item has a port without a protocol; it was left out");
  }
  const severity = tag.attribute("severity");
  const isTransport = protocol === "tcp" || protocol === "udp";
  return {
    pluginId,
    port,
    protocol: port === null && isTransport ? null : protocol,
    severity: isSeverity(severity) ? severity : null,
    title: "",
    family: cutText(tag.attribute("pluginFamily")?.trim() ?? "", 255) || null,
    line,
  };
}

/** Null for 0 and for no port at all, undefined when the text is no port. */
function readPort(text: string | null): number | null | undefined {
  if (text === null || text === "0" || text === "") return null;
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  if (port > MAX_PORT) return undefined;
  return port === 0 ? null : port;
}

function readProtocol(text: string | null): string | null | undefined {
  if (text === null || text === "") return null;
  if (text === "tcp" || text === "udp") return text;
  return /^[A-Za-z][A-Za-z0-9-]{0,15}$/.test(text) ? text.toLowerCase() : undefined;
}

function refused(code: string, line: number, message: string): { issue: Issue } {
  return { issue: { level: "refused", code, where: `line ${line}`, message } };
}
