import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { NetworkSet, toPlainAddress } from "../config/networks.ts";

/** What is known of who calls from the connection, and from the proxies in front of it that are trusted. */
export type ClientReader = {
  /** The client's address; always one that `net.isIP` knows, or empty when the connection is gone already. */
  address(raw: IncomingMessage): string;
  /** Where the client reached this installation, e.g. `https://breakwater.example`. */
  origin(raw: IncomingMessage): string;
};

/** A host with or without a port, as it may stand in a link. */
const HOST = /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** What was found to be a host last: nearly every call names the same, and parsing a URL is some 2 % of a small one. */
let lastHost = "localhost";

/** Whether links can be made with it: a number beyond all addresses, for one, is a name by its letters and no URL's host. */
export function isHost(text: string): boolean {
  if (text === lastHost) return true;
  if (!HOST.test(text) || !URL.canParse(`http://${text}`)) return false;
  lastHost = text;
  return true;
}

/**
 * @param options.trustedProxies addresses and networks whose `X-Forwarded-For`, `-Proto` and `-Host` are believed; nobody
 *   else's are, and `Forwarded` is nobody's: a proxy that writes one of the two passes the other on as it was sent
 */
export function createClientReader(options: { trustedProxies: readonly string[]; publicUrl?: string }): ClientReader {
  const trusted = new NetworkSet(options.trustedProxies);
  const { publicUrl } = options;
  if (trusted.isEmpty) {
    return { address: readPeer, origin: (raw) => publicUrl ?? toOrigin(protocolOf(raw), raw.headers.host) };
  }
  return {
    address: (raw) => readForwarded(raw, trusted),
    origin: (raw) => {
      if (publicUrl) return publicUrl;
      if (!trusted.has(readPeer(raw))) return toOrigin(protocolOf(raw), raw.headers.host);
      const protocol = lastOf(raw.headers["x-forwarded-proto"])?.toLowerCase();
      const host = lastOf(raw.headers["x-forwarded-host"]);
      const isProtocol = protocol === "http" || protocol === "https";
      return toOrigin(isProtocol ? protocol : protocolOf(raw), host && isHost(host) ? host : raw.headers.host);
    },
  };
}

function readPeer({ socket }: IncomingMessage): string {
  return (socket.remoteAddress && toPlainAddress(socket.remoteAddress)) ?? "";
}

/**
 * From the right, as each proxy appended whom it saw: the first that is not one of ours. What cannot be read ends the
 * search at the proxy that passed it on.
 */
function readForwarded(raw: IncomingMessage, trusted: NetworkSet): string {
  let address = readPeer(raw);
  const header = raw.headers["x-forwarded-for"];
  if (header === undefined || !trusted.has(address)) return address;
  for (const hop of String(header).split(",").reverse()) {
    const named = toPlainAddress(withoutPort(hop.trim()));
    if (named === undefined) return address;
    address = named;
    if (!trusted.has(named)) return named;
  }
  return address;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(",").at(-1)?.trim();
}

function protocolOf({ socket }: IncomingMessage): "http" | "https" {
  return (socket as Partial<TLSSocket>).encrypted ? "https" : "http";
}

function toOrigin(protocol: string, host: string | undefined): string {
  return `${protocol}://${host ?? "localhost"}`;
}
