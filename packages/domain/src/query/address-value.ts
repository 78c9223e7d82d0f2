import ipaddr from "ipaddr.js";
import type { AddressRange } from "./query.ts";

/** An address as a number, so that ranges can be compared and stepped. */
export type AddressNumber = { bits: 32 | 128; value: bigint };

/** An IPv4 or IPv6 address; undefined for anything else, including zones, octal and short forms. */
export function parseAddress(text: string): AddressNumber | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return toNumber(32, ipaddr.IPv4.parse(text).toByteArray());
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  return toNumber(128, ipaddr.IPv6.parse(text).toByteArray());
}

function toNumber(bits: 32 | 128, bytes: number[]): AddressNumber {
  return { bits, value: bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) };
}

function toText({ bits, value }: AddressNumber): string {
  const bytes = Array.from({ length: bits / 8 }, (_, index) =>
    Number((value >> BigInt(bits - 8 * (index + 1))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}

function highest(bits: 32 | 128): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/**
 * What one value of an address token stands for: an address, a network (`10.0.0.0/8`), a range (`10.0.0.1-10.0.0.9`)
 * or leading octets (`10.0.*`).
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const address = parseAddress(text);
  if (address !== undefined) return { first: toText(address), last: toText(address) };
  if (text.includes("/")) return parseNetwork(text);
  if (text.includes("*")) return parseOctets(text);
  const dash = text.indexOf("-");
  if (dash < 0) return undefined;
  return rangeBetween(parseAddress(text.slice(0, dash).trim()), parseAddress(text.slice(dash + 1).trim()));
}

function parseNetwork(text: string): AddressRange | undefined {
  const [, host = "", length = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined || Number(length) > address.bits) return undefined;
  const hostBits = BigInt(address.bits - Number(length));
  const first = (address.value >> hostBits) << hostBits;
  return rangeOf(address.bits, first, first | ((1n << hostBits) - 1n));
}

function parseOctets(text: string): AddressRange | undefined {
  const octets = /^((?:\d{1,3}\.){0,3})\*(?:\.\*)*$/.exec(text)?.[1];
  if (octets === undefined || text.split(".").length > 4) return undefined;
  const given = octets.split(".").slice(0, -1);
  const network = [...given, ...Array<string>(4 - given.length).fill("0")].join(".");
  return given.length === 0 ? undefined : parseNetwork(`${network}/${given.length * 8}`);
}

/** The addresses from one to the other; undefined when they are of two families or in the wrong order. */
export function rangeBetween(
  low: AddressNumber | undefined,
  high: AddressNumber | undefined,
  endsIncluded = true,
): AddressRange | undefined {
  if (low === undefined || high === undefined || low.bits !== high.bits) return undefined;
  const inward = endsIncluded ? 0n : 1n;
  return rangeOf(low.bits, low.value + inward, high.value - inward);
}

/** The addresses of the same family beyond one; undefined when there are none. */
export function rangeBeyond(address: AddressNumber, comparator: ">" | ">=" | "<" | "<="): AddressRange | undefined {
  const { bits, value } = address;
  if (comparator === ">") return rangeOf(bits, value + 1n, highest(bits));
  if (comparator === ">=") return rangeOf(bits, value, highest(bits));
  return rangeOf(bits, 0n, comparator === "<" ? value - 1n : value);
}

function rangeOf(bits: 32 | 128, first: bigint, last: bigint): AddressRange | undefined {
  if (first > last) return undefined;
  return { first: toText({ bits, value: first }), last: toText({ bits, value: last }) };
}

/** Whether an address lies in the range. */
export function isInAddressRange(address: AddressNumber, range: AddressRange): boolean {
  const first = parseAddress(range.first)!;
  const last = parseAddress(range.last)!;
  return address.bits === first.bits && address.value >= first.value && address.value <= last.value;
}
