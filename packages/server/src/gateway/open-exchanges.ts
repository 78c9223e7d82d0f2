import type { Socket } from "node:net";
import type { Exchange } from "./exchange.ts";

/** A JSON or form body has this long to arrive; its slot is held meanwhile. */
const BODY_DEADLINE_MS = 30_000;
/** An upload may take long, but must go on. */
const UPLOAD_IDLE_MS = 60_000;

/**
 * Sees to it that each exchange ends exactly once: when its answer has been sent, or when its connection is gone. The
 * answer's own `close` is not enough, because a pipelined one that never had its turn does not emit it.
 *
 * @param finish called once per exchange
 */
export function trackExchanges(finish: (exchange: Exchange) => void): (exchange: Exchange) => void {
  const openBySocket = new WeakMap<Socket, Set<Exchange>>();

  const end = (exchange: Exchange, open: Set<Exchange>) => {
    if (!open.delete(exchange)) return;
    exchange.isAnswered = true;
    finish(exchange);
  };

  return (exchange) => {
    const { socket } = exchange.raw;
    let open = openBySocket.get(socket);
    if (!open) {
      const made = new Set<Exchange>();
      open = made;
      openBySocket.set(socket, made);
      socket.once("close", () => {
        for (const left of made) end(left, made);
      });
    }
    const own = open;
    own.add(exchange);
    exchange.out.on("close", () => end(exchange, own));
    if (socket.destroyed) end(exchange, own);
    else limitBody(exchange);
  };
}

/** A body that comes too slowly is given up: otherwise two slow senders would hold all slots of an API. */
function limitBody({ raw, out, route }: Exchange): void {
  const body = route?.operation.body;
  if (body === undefined) return;
  if (body.kind === "stream") {
    raw.setTimeout(UPLOAD_IDLE_MS, () => raw.complete || raw.destroy());
    out.once("close", () => raw.setTimeout(0));
    return;
  }
  const timer = setTimeout(() => raw.complete || raw.destroy(), BODY_DEADLINE_MS);
  out.once("close", () => clearTimeout(timer));
  raw.once("close", () => clearTimeout(timer));
}
