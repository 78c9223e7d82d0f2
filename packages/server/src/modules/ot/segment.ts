/** The network of connections that name none. */
export const DEFAULT_NETWORK = "default";

/**
 * Where a MAC or a serial number that passive sources tell is one device's, as identifiers keep it: within the network,
 * because plants are built as copies of each other. What the default network's devices have is what other sources know a
 * machine by anywhere.
 */
export function toSegment(network: string): string {
  return network === DEFAULT_NETWORK ? "" : network;
}
