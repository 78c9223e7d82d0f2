import { parseInterfaceValue, type Statement } from "./statement.ts";

/** An address of a host and, where it serves a recognised protocol there, which. */
export type HostInterface = {
  /** Null on an interface known by its MAC only. */
  address: string | null;
  macAddress: string | null;
  protocol: string | null;
  transport: { protocol: string | null };
  port: number | null;
};

export type HostAddresses = { ipAddresses: string[]; macAddresses: string[]; interfaces: HostInterface[] };

/**
 * Addresses and interfaces, each in a fixed order. An address that serves nothing has one entry without a protocol, so
 * that every address of the host stands among its interfaces.
 */
export function resolveInterfaces(
  byField: ReadonlyMap<string, readonly Statement[]>,
  bestOf: (field: string) => string | null,
): HostAddresses {
  const values = (field: string) => [...new Set((byField.get(field) ?? []).map((statement) => statement.value))].sort();
  const ipAddresses = values("ipAddress");
  const macOf = new Map(ipAddresses.map((address) => [address, bestOf(`macAddress:${address}`)]));
  const macAddresses = values("macAddress");
  const spoken = new Set(macOf.values());
  const interfaces = [
    ...ipAddresses.flatMap((address) => served(address, macOf.get(address) ?? null, byField)),
    ...macAddresses.flatMap((mac) => {
      const entries = served(null, mac, byField);
      const isBare = entries[0]?.protocol === null;
      return isBare && spoken.has(mac) ? [] : entries;
    }),
  ];
  return { ipAddresses, macAddresses, interfaces };
}

function served(
  address: string | null,
  macAddress: string | null,
  byField: ReadonlyMap<string, readonly Statement[]>,
): HostInterface[] {
  const statements = byField.get(`interface:${address ?? macAddress}`) ?? [];
  const entries = [...new Set(statements.map((statement) => statement.value))].sort().flatMap((value) => {
    const parsed = parseInterfaceValue(value);
    if (parsed === null) return [];
    const { protocol, transport, port } = parsed;
    return [{ address, macAddress, protocol, transport: { protocol: transport }, port }];
  });
  return entries.length > 0
    ? entries
    : [{ address, macAddress, protocol: null, transport: { protocol: null }, port: null }];
}
