import type { AssetRecord } from "../../records.ts";
import { parseHostDate, parseTimestamp } from "./dates.ts";
import { cutText } from "./text-field.ts";

type Identifier = AssetRecord["identifiers"][number];

/** Values of the `tag` elements that {@link isWantedTag} picks, by their name attribute. */
export type HostTags = ReadonlyMap<string, string>;

const IDENTIFIER_TAGS: readonly (readonly [tag: string, kind: Identifier["kind"]])[] = [
  ["agent-uuid", "agent-id"],
  ["nessus-agent-uuid", "agent-id"],
  ["tenable-agent-uuid", "agent-id"],
  ["aws-instance-instanceId", "cloud-instance-id"],
  ["azure-instance-id", "cloud-instance-id"],
  ["gcp-instance-id", "cloud-instance-id"],
  ["system-serial-number", "serial-number"],
  ["bios-uuid", "bios-uuid"],
];
const PROVIDER_TAGS = [
  ["aws-instance-instanceId", "AWS"],
  ["azure-instance-id", "AZURE"],
  ["gcp-instance-id", "GCP"],
] as const;
const NAME_TAGS = ["host-fqdn", "host-rdns", "hostname", "netbios-name"];
const TIME_TAGS = ["HOST_END_TIMESTAMP", "HOST_START_TIMESTAMP", "HOST_END", "HOST_START"];
const WANTED = new Set([
  ...IDENTIFIER_TAGS.map(([tag]) => tag),
  ...NAME_TAGS,
  ...TIME_TAGS,
  "host-ip",
  "mac-address",
  "operating-system",
]);

/** The longest name that DNS knows; what is longer identifies nothing. */
const MAX_NAME_CHARS = 255;
/** What firmware says when its maker filled nothing in; thousands of unrelated boards share these. */
const EMPTY_UUID = /^(0+|f+|03000200040005000006000700080009|12345678123456789abc[0-9a-f]{12})$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^(?=.*:.*:)[0-9a-f:]{2,39}(?:%[\w.-]+)?$/i;

export function isWantedTag(name: string | null): boolean {
  return name !== null && WANTED.has(name);
}

/** True when the scanner began with this host and did not come to its end: what it did not find proves nothing. */
export function isUnfinished(tags: HostTags): boolean {
  const hasStart = tags.has("HOST_START") || tags.has("HOST_START_TIMESTAMP");
  return hasStart && !tags.has("HOST_END") && !tags.has("HOST_END_TIMESTAMP");
}

/**
 * The name is empty where nothing tells one host from another.
 *
 * @param hostName the `name` of the ReportHost: an address or a name, as the scan's target was written
 */
export function toAsset(ref: string, hostName: string, tags: HostTags): AssetRecord {
  const isAddress = isIpAddress(hostName);
  const ipAddress = tags.get("host-ip")?.trim() ?? "";
  const fqdn = tags.get("host-fqdn")?.trim() ?? "";
  const netbios = netbiosName(tags.get("netbios-name") ?? "");
  const names = [fqdn, isAddress ? "" : hostName, tags.get("host-rdns"), tags.get("hostname"), netbios];
  const addresses = [ipAddress, isAddress ? hostName : ""].filter(isIpAddress).map((address) => address.toLowerCase());
  const hostNames = names.map((name) => normaliseName(name ?? "")).filter(isHostName);
  const cloudProvider = PROVIDER_TAGS.find(([tag]) => (tags.get(tag)?.trim() ?? "") !== "")?.[1];
  const macs = macAddresses(tags.get("mac-address") ?? "");
  const found = identifiers(tags);
  const called = [...hostNames, ...addresses, cutText(hostName, MAX_NAME_CHARS), ...macs, found[0]?.value];
  const name = called.find((text) => text) ?? "";
  return {
    ref,
    name,
    ipAddresses: unique(addresses),
    macAddresses: macs,
    hostNames: unique(hostNames),
    operatingSystem: operatingSystem(tags.get("operating-system")),
    identifiers: found,
    scannedAt: scannedAt(tags),
    ...(cloudProvider === undefined ? {} : { cloudProvider }),
  };
}

function identifiers(tags: HostTags): Identifier[] {
  const found: Identifier[] = [];
  for (const [tag, kind] of IDENTIFIER_TAGS) {
    const value = tags.get(tag)?.trim() ?? "";
    const isEmpty =
      value === "" || (kind !== "serial-number" && EMPTY_UUID.test(value.toLowerCase().replaceAll("-", "")));
    if (isEmpty || value.length > MAX_NAME_CHARS || found.some((known) => known.kind === kind)) continue;
    found.push({ kind, value: kind === "serial-number" ? value : value.toLowerCase() });
  }
  return found;
}

function scannedAt(tags: HostTags): number | null {
  return (
    parseTimestamp(tags.get("HOST_END_TIMESTAMP") ?? "") ??
    parseHostDate(tags.get("HOST_END") ?? "") ??
    parseTimestamp(tags.get("HOST_START_TIMESTAMP") ?? "") ??
    parseHostDate(tags.get("HOST_START") ?? "")
  );
}

/** Several guesses come one a line, best first. */
function operatingSystem(text: string | undefined): string | null {
  const first = text?.trim().split("\n", 1)[0]?.trim();
  return first === undefined || first === "" ? null : cutText(first, MAX_NAME_CHARS);
}

function macAddresses(text: string): string[] {
  const found: string[] = [];
  for (const word of text.split(/[\s,;]+/)) {
    const digits = word.toLowerCase().replace(/[:.-]/g, "");
    if (!/^[0-9a-f]{12}$/.test(digits) || /^(0+|f+)$/.test(digits)) continue;
    found.push(digits.replace(/(..)(?=.)/g, "$1:"));
  }
  return unique(found);
}

/** `DOMAIN\NAME` names the machine behind the backslash. */
function netbiosName(text: string): string {
  return text.slice(text.lastIndexOf("\\") + 1);
}

function normaliseName(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, "");
}

function isHostName(name: string): boolean {
  return name !== "" && name.length <= MAX_NAME_CHARS && !isIpAddress(name);
}

function isIpAddress(text: string): boolean {
  return IPV4.test(text) || IPV6.test(text);
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
