import { toPort } from "../kit/index.ts";

/** `512/tcp`; `general/tcp` is the host itself, where `tcp` says nothing, while `general/icmp` does. */
export function toPlacePort(port: string, protocol: string): { port: number | null; protocol: string | null } {
  const number = toPort(port);
  const name = /^[a-z][a-z0-9-]{0,15}$/i.test(protocol) ? protocol.toLowerCase() : null;
  if (number !== null) return { port: number, protocol: name };
  return { port: null, protocol: name === "icmp" ? name : null };
}
