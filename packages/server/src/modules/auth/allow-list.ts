import { NetworkSet } from "../../config/networks.ts";

/** What is wrong with a list of addresses and networks, naming the entry; undefined: nothing. */
export function describeAllowListFault(entries: readonly string[]): string | undefined {
  try {
    new NetworkSet(entries);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/**
 * Where a subscription's users and clients may call from; undefined for an empty list: anywhere, which then costs a call
 * nothing.
 *
 * @param entries without fault, see {@link describeAllowListFault}
 */
export function toAllowList(entries: readonly string[]): NetworkSet | undefined {
  return entries.length === 0 ? undefined : new NetworkSet(entries);
}
