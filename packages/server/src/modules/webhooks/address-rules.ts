import { BlockList, isIP } from "node:net";
import { AppError } from "@breakwater/contract";

/**
 * Addresses that no webhook goes to: link-local ones, where clouds keep their credentials, and those that are no host at
 * all. Private networks are allowed, because a plant's receivers live there. IPv4 in IPv6 clothes is caught too: mapped
 * addresses by BlockList itself, translated ones (NAT64, 6to4) by their prefixes.
 */
const REFUSED = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
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
  ["2002:a9fe::", 32],
] as const) {
  REFUSED.addSubnet(net, bits, "ipv6");
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whose webhook it is: only the operator, who owns the machine, may reach services of the machine itself. */
export type Reach = { canUseLoopback: boolean };

/** Whether a webhook may connect to this address. */
export function isAddressAllowed(address: string, reach: Reach): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  // A zone (`fe80::1%eth0`) is no part of the address; BlockList does not read it.
  const plain = address.split("%", 1)[0] as string;
  if (REFUSED.check(plain, family)) return false;
  return reach.canUseLoopback || !LOOPBACK.check(plain, family);
}

/**
 * What can be said of a webhook's URL before it is used; names are looked up, and their addresses checked, at each
 * delivery.
 *
 * @returns the URL as it will be called
 * @throws AppError `invalid-parameter`
 */
export function readWebhookUrl(text: string, reach: Reach): string {
  const url = URL.parse(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new AppError(
      "invalid-parameter",
      "url must be an http or https URL such as https://hooks.example/breakwater",
    );
  }
  if (url.username || url.password) {
    throw new AppError("invalid-parameter", "url must not hold a user name or password: messages are signed instead");
  }
  url.hash = "";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLocalName = /(^|\.)localhost\.?$/.test(host);
  const isRefused = isIP(host) ? !isAddressAllowed(host, reach) : isLocalName && !reach.canUseLoopback;
  if (isRefused) {
    throw new AppError(
      "invalid-parameter",
      `url: ${host} is link-local, unspecified, or an address of this machine; webhooks do not go there`,
    );
  }
  return url.href;
}
