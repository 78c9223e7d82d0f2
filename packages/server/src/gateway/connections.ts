import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Server as TlsServer } from "node:tls";
import { NetworkSet, toPlainAddress } from "../config/networks.ts";
import { refuse } from "./client-error.ts";

/** More open connections than this are refused; each costs memory before anybody knows who it is. */
const MAX_CONNECTIONS = 10_000;
/** Of them, from one address: one machine alone cannot keep the others out. */
const MAX_PER_ADDRESS = 1_000;

/**
 * Bounds the connections of a server, and answers what Node would answer without our headers or not at all.
 *
 * @param options.trustedProxies stand for many clients, and may open as many connections as they like; so may loopback
 */
export function guardConnections(server: Server, options: { trustedProxies: readonly string[] }): void {
  server.maxConnections = MAX_CONNECTIONS;
  // More than any head can hold: Node would drop the rest silently; inspectHead refuses instead.
  server.maxHeadersCount = 0;
  boundPerAddress(server, new NetworkSet([...options.trustedProxies, "127.0.0.0/8", "::1"]));
  // Told to go on only when it has been let in (operation-route.ts).
  server.on("checkContinue", (request: IncomingMessage, out: ServerResponse) => server.emit("request", request, out));
  server.on("checkExpectation", (request: IncomingMessage) => {
    refuse(request.socket, "expectation-failed", "the only expectation that is met is 100-continue");
  });
  server.on("connect", (_request: IncomingMessage, socket: Socket) => {
    refuse(socket, "method-not-allowed", "CONNECT is for proxies; this is none");
  });
}

/**
 * Keeps the connections of a TLS server that have not shaken hands: HTTP does not know them, and a stop would wait for them.
 *
 * @returns ends them
 */
export function trackHandshakes(server: TlsServer): () => void {
  const shaking = new Map<string, Socket>();
  const keyOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on("connection", (socket: Socket) => {
    const key = keyOf(socket);
    shaking.set(key, socket);
    socket.once("close", () => {
      if (shaking.get(key) === socket) shaking.delete(key);
    });
  });
  server.on("secureConnection", (socket) => shaking.delete(keyOf(socket)));
  return () => {
    for (const socket of shaking.values()) socket.destroy();
  };
}

function boundPerAddress(server: Server, unbounded: NetworkSet): void {
  const counts = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = toPlainAddress(socket.remoteAddress ?? "");
    if (address === undefined || unbounded.has(address)) return;
    const count = (counts.get(address) ?? 0) + 1;
    if (count > MAX_PER_ADDRESS) {
      socket.destroy();
      return;
    }
    counts.set(address, count);
    socket.once("close", () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left === 0) counts.delete(address);
      else counts.set(address, left);
    });
  });
}
