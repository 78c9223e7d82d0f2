import ipaddr from "ipaddr.js";

/** Kinds of identifier, strongest first. `source-name` is the last resort: what one source calls a thing it cannot name better. */
export const IDENTIFIER_KINDS = [
  "agent-id",
  "cloud-instance-id",
  "bios-uuid",
  "serial-number",
  "mac",
  "fqdn",
  "ip",
  "source-name",
] as const;

export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/** One identifier; equal in all three members means: the same thing. */
export type Identifier = {
  kind: IdentifierKind;
  /** Normalised, at most {@link MAX_IDENTIFIER_CHARS} characters. */
  value: string;
  /** Where the value is unique: a network for names and addresses, a product for agent ids, empty for hardware. */
  network: string;
};

/** What a source tells to belong together on an asset, in the order in which the database keeps the members. */
export type InterfaceDescription = { address: string | null; hostName: string | null; macAddress: string | null };

/** What a source says about an asset, as far as identity goes. */
export type AssetDescription = {
  name: string;
  ipAddresses: readonly string[];
  macAddresses: readonly string[];
  hostNames: readonly string[];
  /** Where the source tells which address, MAC and name go together; the lists above have them all. */
  interfaces?: readonly InterfaceDescription[];
  identifiers: readonly { kind: "agent-id" | "cloud-instance-id" | "serial-number" | "bios-uuid"; value: string }[];
};

/** Where a description comes from. */
export type IdentityOrigin = { network: string; product: string; connection: string };

export const MAX_IDENTIFIER_CHARS = 255;

/** Firmware defaults that thousands of machines share. */
const GENERIC_HARDWARE = new Set([
  "0",
  "0123456789",
  "00000000-0000-0000-0000-000000000000",
  "03000200-0400-0500-0006-000700080009",
  "123456789",
  "1234567890",
  "chassis serial number",
  "default string",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "invalid",
  "n/a",
  "na",
  "none",
  "not applicable",
  "not available",
  "not specified",
  "null",
  "o.e.m.",
  "oem",
  "serial number",
  "system serial number",
  "to be filled by o.e.m.",
  "unknown",
]);

const GENERIC_NAME =
  /^(localhost|localhost\d*\..*|.*\.localhost|.*\.localdomain|.*\.(in-addr|ip6)\.arpa|example\.(com|net|org))$/;
const DOMAIN_NAME = /^(?=.{4,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)+$/;
const ROOTED_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.$/i;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;
/** Addresses that several routers answer for by turns: VRRP, CARP (RFC 5798) and HSRP. */
const VIRTUAL_ROUTER_MAC = /^(00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f)/;
/**
 * Addresses that software gives to the adapter it makes, the same ones on every machine: host networks of VMware's desktop
 * products, VPN clients of Cisco and Fortinet, dial-up and tunnels of Windows, the bridge to a security chip inside of a Mac.
 */
const ADAPTER_MAC =
  /^(00:50:56:c0:00:|00:05:9a:3c:7[8a]:00$|00:09:0f:(fe|aa):00:01$|20:41:53:59:4e:ff$|44:45:53:54:|50:50:(54:50|6f:45):30:30$|ac:de:48:(00:11:22|33:44:55)$)/;

/**
 * Identifiers of an asset, strongest first, sorted and without repeats; values that cannot tell assets apart are left
 * out. Never empty: an asset without any is known by the name its connection gives it.
 */
export function toIdentifiers(asset: AssetDescription, origin: IdentityOrigin): Identifier[] {
  const found = new Map<string, Identifier>();
  const add = (kind: IdentifierKind, value: string | null, network: string) => {
    if (value === null || value.length > MAX_IDENTIFIER_CHARS) return;
    const identifier = { kind, value, network };
    found.set(identifierKey(identifier), identifier);
  };
  for (const { kind, value } of asset.identifiers) {
    add(kind, toHardwareValue(value), kind === "agent-id" ? origin.product.toLowerCase() : "");
  }
  for (const mac of asset.macAddresses) add("mac", toIdentifyingMac(mac), "");
  for (const name of asset.hostNames) add("fqdn", toIdentifyingName(name), origin.network);
  for (const address of asset.ipAddresses) add("ip", toIdentifyingIp(address), origin.network);
  if (found.size === 0) {
    add("source-name", toSourceName(asset.name), origin.connection.toLowerCase());
  }
  return [...found.values()].sort(compareIdentifiers);
}

/** One text per identifier, for maps. */
export function identifierKey({ kind, value, network }: Identifier): string {
  return `${kind}\u0000${network}\u0000${value}`;
}

const RANK = new Map<string, number>(IDENTIFIER_KINDS.map((kind, rank) => [kind, rank]));

/** 0 for the strongest kind. */
export function identifierRank(kind: IdentifierKind): number {
  return RANK.get(kind) ?? IDENTIFIER_KINDS.length;
}

export function compareIdentifiers(a: Identifier, b: Identifier): number {
  return (
    identifierRank(a.kind) - identifierRank(b.kind) ||
    compareText(a.value, b.value) ||
    compareText(a.network, b.network)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function toHardwareValue(text: string): string | null {
  const value = text.trim().toLowerCase();
  return value === "" || GENERIC_HARDWARE.has(value) || /^(.)\1*$|\p{C}/u.test(value) ? null : value;
}

function toSourceName(name: string): string {
  return withoutRootDot(name.trim())
    .toLowerCase()
    .replaceAll(/\p{C}/gu, "\uFFFD")
    .slice(0, MAX_IDENTIFIER_CHARS)
    .toWellFormed();
}

/** The MAC when it was burned into one interface: not zero, group, locally administered, a virtual router's or adapter's. */
export function toIdentifyingMac(text: string): string | null {
  const mac = text.trim().toLowerCase().replaceAll("-", ":");
  if (!MAC.test(mac) || mac === "00:00:00:00:00:00") return null;
  if (VIRTUAL_ROUTER_MAC.test(mac) || ADAPTER_MAC.test(mac)) return null;
  // The two lowest bits of the first byte: group, and locally administered.
  return (Number.parseInt(mac.slice(0, 2), 16) & 3) === 0 ? mac : null;
}

/** The name when it is fully qualified and not one that every machine has. */
export function toIdentifyingName(text: string): string | null {
  const name = text.trim().toLowerCase().replace(/\.$/, "");
  if (!DOMAIN_NAME.test(name) || GENERIC_NAME.test(name)) return null;
  return /\.[0-9]+$/.test(name) ? null : name;
}

/** A host's name without the dot that ends it where it is spelled out to the root; any other text as it is. */
export function withoutRootDot(name: string): string {
  return ROOTED_NAME.test(name) ? name.slice(0, -1) : name;
}

/** What any machine has, or several answer to. Addresses for documentation and tests identify: within their network they are somebody's. */
const SHARED_RANGES = new Set(["unspecified", "loopback", "linkLocal", "multicast", "broadcast"]);

/** The address in its shortest form when it belongs to one machine of a network. */
export function toIdentifyingIp(text: string): string | null {
  const address = toAddress(text);
  return address === null || SHARED_RANGES.has(ipaddr.parse(address).range()) ? null : address;
}

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const FOUR_PART_DECIMAL = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);

/** A valid address of any kind in its shortest form, without a zone. */
export function toAddress(text: string): string | null {
  const trimmed = text.trim();
  if (FOUR_PART_DECIMAL.test(trimmed)) return trimmed;
  // Asked only of what may be one: the library finds out by an exception, which costs an import more than all else about a host's name.
  if (!trimmed.includes(":") || !ipaddr.IPv6.isValid(trimmed)) return null;
  return ipaddr.process(trimmed).toString().replace(/%.*$/, "");
}
