import { BlockList, isIP } from "node:net";

/**
 * Addresses that nothing goes to which somebody else chose (webhooks, key sets): link-local ones and others where clouds
 * keep their credentials, and those that are no host at all. Private networks are allowed, because a plant's hosts live there. IPv4 in IPv6 clothes is caught too: mapped
 * addresses by BlockList itself, translated ones (NAT64, 6to4) by their prefixes.
 */
const REFUSED = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  REFUSED.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  ["::", 128],
  ["fe80::", 10],
  ["ff00::", 8],
  ["fd00:ec2::254", 128],
  ["64:ff9b::a9fe:0", 112],
  ["64:ff9b::6464:64c8", 128],
  ["64:ff9b::a83f:8110", 128],
  ["2002:a9fe::", 32],
  ["2002:6464:64c8::", 48],
  ["2002:a83f:8110::", 48],
] as const) {
  REFUSED.addSubnet(net, bits, "ipv6");
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Who chose the address: only the operator, who owns the machine, may reach services of the machine itself. */
export type Reach = { canUseLoopback: boolean };

/** Whether what is sent may connect to this address. */
export function isAddressAllowed(address: string, reach: Reach): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  // A zone (`fe80::1%eth0`) is no part of the address; BlockList does not read it.
  const plain = address.split("%", 1)[0] as string;
  if (REFUSED.check(plain, family)) return false;
  return reach.canUseLoopback || !LOOPBACK.check(plain, family);
}

/** For messages: what {@link isAddressAllowed} refuses. */
export const REFUSED_ADDRESS = "link-local, unspecified, or an address of this machine";

/**
 * What can be said of the host of a URL before it is looked up; {@link isAddressAllowed} is asked again at each connection.
 *
 * @param hostname as in a URL: IPv6 in brackets
 */
export function isHostAllowed(hostname: string, reach: Reach): boolean {
  const host = toHost(hostname);
  return isIP(host) ? isAddressAllowed(host, reach) : reach.canUseLoopback || !isLoopbackHost(hostname);
}

/** Whether the host of a URL is this machine by its address, or by the name that is kept for it (RFC 6761). */
export function isLoopbackHost(hostname: string): boolean {
  const host = toHost(hostname);
  const family = isIP(host);
  return family ? LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4") : /(^|\.)localhost\.?$/.test(host);
}

/** The host of a URL without the brackets of IPv6. */
export function toHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
