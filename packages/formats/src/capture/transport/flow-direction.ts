import { TRANSPORT_TCP } from "../network/conversation-table.ts";

const FLAG_SYN = 0x02;
const FLAG_ACK = 0x10;
const FIRST_REGISTERED_PORT = 1024;
const FIRST_EPHEMERAL_PORT = 49_152;

/**
 * Which side of a five-tuple is the server, by its first frame: a SYN says so; else the side whose port a dissector
 * knows, a system port, or a registered port against an ephemeral one; else, with TCP, the lower port, and with UDP
 * the side that was addressed.
 * @returns whether the sender is the server
 */
export function isSenderServer(
  transport: number,
  sourcePort: number,
  targetPort: number,
  tcpFlags: number,
  isKnownPort: (port: number) => boolean,
): boolean {
  if (transport === TRANSPORT_TCP && (tcpFlags & FLAG_SYN) !== 0) return (tcpFlags & FLAG_ACK) !== 0;
  for (const isServerPort of [isKnownPort, isSystemPort, isNotEphemeral]) {
    const isSource = isServerPort(sourcePort);
    if (isSource !== isServerPort(targetPort)) return isSource;
  }
  return transport === TRANSPORT_TCP && sourcePort < targetPort;
}

function isSystemPort(port: number): boolean {
  return port < FIRST_REGISTERED_PORT;
}

function isNotEphemeral(port: number): boolean {
  return port < FIRST_EPHEMERAL_PORT;
}
