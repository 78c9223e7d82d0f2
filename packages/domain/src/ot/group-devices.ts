import { toIdentifyingMac } from "../identity/index.ts";
import { isOtherDevice, serialKeysOf } from "./device-keys.ts";
import { OUI_CONFIDENCE, OUI_PROTOCOL, vendorOfMac } from "./oui-vendors.ts";
import { mergeAll, type Statement } from "./statement.ts";

/** Everything said about one address. */
export type AddressStatements = {
  /** IP address, or the MAC of who has none. */
  address: string;
  /** MACs that spoke for it; the address itself when it is one. */
  macAddresses: readonly string[];
  statements: readonly Statement[];
};

/** Addresses that belong to one device. */
export type DeviceStatements = {
  /** What its source calls it, lower case, at most 255 characters: for devices that may have neither address nor number. */
  sourceName?: string;
  addresses: string[];
  macAddresses: string[];
  serialKeys: string[];
  /** Without repeats, in a fixed order. */
  statements: Statement[];
};

/** A MAC that speaks for more addresses than this is a router's or a proxy's and tells nothing. */
const maxAddressesOfDevice = 4;

/**
 * Which addresses are one device: by serial number and manufacturer first, then by MAC, unless serial numbers differ.
 * The answer depends on the set of addresses only, not on their order.
 */
export function groupDevices(nodes: readonly AddressStatements[]): DeviceStatements[] {
  const speakers = countSpeakers(nodes);
  const sorted = withoutProxies(nodes, speakers).sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : 0,
  );
  const groups = new Groups(sorted.map((node) => serialKeysOf(mergeAll(node.statements))));
  for (const members of membersByKey(sorted, (_, index) => groups.serialKeys(index)))
    for (const member of members) groups.join(members[0]!, member);
  for (const members of membersByKey(sorted, (node) =>
    node.macAddresses.filter((mac) => isOneDevices(mac, speakers)),
  )) {
    for (const member of members)
      if (!isOtherDevice(groups.serialKeys(members[0]!), groups.serialKeys(member))) groups.join(members[0]!, member);
  }
  return groups.list().map((members) => toDevice(members.map((index) => sorted[index]!)));
}

/** How many addresses each MAC speaks for, beside itself. */
function countSpeakers(nodes: readonly AddressStatements[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { address, macAddresses } of nodes)
    for (const mac of macAddresses) if (mac !== address) counts.set(mac, (counts.get(mac) ?? 0) + 1);
  return counts;
}

/** A MAC that nobody burned in may be on several machines: it tells which address its own device has, and no more. */
function isOneDevices(mac: string, speakers: ReadonlyMap<string, number>): boolean {
  return toIdentifyingMac(mac) !== null || (speakers.get(mac) ?? 0) <= 1;
}

/** Without the MACs of proxies: whoever is behind one would be taken for the same device by that, in this file or a later one. */
function withoutProxies(
  nodes: readonly AddressStatements[],
  speakers: ReadonlyMap<string, number>,
): AddressStatements[] {
  const isProxy = (mac: string) => (speakers.get(mac) ?? 0) > maxAddressesOfDevice;
  return nodes.map((node) => {
    const isOthers = (mac: string) => mac !== node.address && isProxy(mac);
    if (!node.macAddresses.some(isOthers)) return node;
    const isAboutProxy = ({ field, value }: Statement) => /^macAddress(:|$)/.test(field) && isOthers(value);
    return {
      ...node,
      macAddresses: node.macAddresses.filter((mac) => !isOthers(mac)),
      statements: node.statements.filter((statement) => !isAboutProxy(statement)),
    };
  });
}

/** Indexes of the nodes that share a key, by key in order. */
function membersByKey(
  nodes: readonly AddressStatements[],
  keysOf: (node: AddressStatements, index: number) => readonly string[],
): number[][] {
  const members = new Map<string, number[]>();
  nodes.forEach((node, index) => {
    for (const key of new Set(keysOf(node, index))) {
      const known = members.get(key);
      if (known === undefined) members.set(key, [index]);
      else known.push(index);
    }
  });
  return [...members]
    .filter(([, indexes]) => indexes.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, indexes]) => indexes);
}

function toDevice(nodes: readonly AddressStatements[]): DeviceStatements {
  const statements = mergeAll(nodes.flatMap((node) => node.statements));
  return {
    addresses: nodes.map((node) => node.address),
    macAddresses: [...new Set(nodes.flatMap((node) => node.macAddresses))].sort(),
    serialKeys: serialKeysOf(statements),
    statements: mergeAll([...statements, ...statements.flatMap(toMakers)]),
  };
}

/** What the blocks of a device's MACs say of who made it. */
function toMakers(statement: Statement): Statement[] {
  const value = statement.field === "macAddress" ? vendorOfMac(statement.value) : null;
  if (value === null) return [];
  return [{ ...statement, field: "manufacturer", value, protocol: OUI_PROTOCOL, confidence: OUI_CONFIDENCE }];
}

/** Disjoint sets of node numbers, each with the serial keys of its members. */
class Groups {
  readonly #parents: number[];
  readonly #serialKeys: string[][];

  constructor(serialKeys: string[][]) {
    this.#parents = serialKeys.map((_, index) => index);
    this.#serialKeys = serialKeys;
  }

  serialKeys(index: number): readonly string[] {
    return this.#serialKeys[this.#root(index)]!;
  }

  join(a: number, b: number): void {
    const [low, high] = [this.#root(a), this.#root(b)].sort((x, y) => x - y) as [number, number];
    if (low === high) return;
    this.#parents[high] = low;
    this.#serialKeys[low] = [...new Set([...this.#serialKeys[low]!, ...this.#serialKeys[high]!])].sort();
  }

  list(): number[][] {
    return [...Map.groupBy(this.#parents.keys(), (index) => this.#root(index)).values()];
  }

  #root(index: number): number {
    let root = index;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    this.#parents[index] = root;
    return root;
  }
}
