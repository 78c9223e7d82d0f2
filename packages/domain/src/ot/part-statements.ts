import type { Statement } from "./statement.ts";

/**
 * Which statements about one host speak of a part of it that is to be a host of its own. A statement that names an address
 * goes with the address. What else a protocol told goes when it told of IP addresses of the part alone, or without any of
 * MACs of the part alone; where it told of others too, nobody knows which of them it was about, and it stays. A MAC does not
 * count beside an IP address: it may be a bridge's.
 *
 * @param addresses the part's IP addresses and MACs, as statements write them
 */
export function partStatements<S extends Statement>(
  statements: readonly S[],
  addresses: ReadonlySet<string>,
): { taken: S[]; kept: S[] } {
  const tellersOf = ({ protocol, source }: Statement) => `${protocol}\n${source}`;
  const told = Map.groupBy(statements, tellersOf);
  const isTaken = (one: S): boolean => {
    const address = addressOf(one);
    if (address !== null) return addresses.has(address);
    const all = told.get(tellersOf(one))!.flatMap((other) => addressOf(other) ?? []);
    const ips = all.filter((other) => !isMac.test(other));
    const decisive = ips.length > 0 ? ips : all;
    return decisive.length > 0 && decisive.every((other) => addresses.has(other));
  };
  return { taken: statements.filter(isTaken), kept: statements.filter((one) => !isTaken(one)) };
}

const isMac = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const addressField = /^(?:interface|macAddress):(.+)$/;

/** The address that a statement is about; null: the host. */
function addressOf({ field, value }: Statement): string | null {
  if (field === "ipAddress" || field === "macAddress") return value;
  return addressField.exec(field)?.[1] ?? null;
}
