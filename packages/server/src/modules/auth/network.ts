import { isIPv6 } from "node:net";

/**
 * What stands for a client address where clients are counted: an IPv4 address itself, also when it is written as IPv6; of
 * an IPv6 address its /64, since whoever has one address has all of that.
 */
export function toNetwork(address: string): string {
  const bare = address.split("%", 1)[0] as string;
  if (!isIPv6(bare)) return bare;
  const groups = toGroups(bare);
  const [high, low] = groups.slice(6) as [number, number];
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(":")}::/64`;
}

/** The eight groups of an IPv6 address. */
function toGroups(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const left = toWords(head);
  const right = tail === undefined ? [] : toWords(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function toWords(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return [Number.parseInt(part, 16)];
    const [a, b, c, d] = part.split(".").map(Number) as [number, number, number, number];
    return [a * 256 + b, c * 256 + d];
  });
}
