import type { Socket } from "node:net";
import type { Exchange } from "./exchange.ts";
import type { Timings } from "./timings.ts";

export type ExchangeTracker = {
  track(exchange: Exchange): void;
  /** Those of a connection whose answer is not over, oldest first. */
  openOn(socket: Socket): readonly Exchange[];
};

/**
 * Sees to it that each exchange ends exactly once: when its answer has been sent, or when its connection is gone. The
 * answer's own `close` is not enough, because a pipelined one that never had its turn does not emit it.
 *
 * @param parts.finish called once per exchange
 * @param parts.giveUp answers an exchange whose body comes too slowly, and closes its connection
 */
export function trackExchanges(parts: {
  timings: Timings;
  finish(exchange: Exchange): void;
  giveUp(exchange: Exchange, message: string): void;
}): ExchangeTracker {
  const { timings, finish, giveUp } = parts;
  const openBySocket = new WeakMap<Socket, Set<Exchange>>();

  const end = (exchange: Exchange, open: Set<Exchange>) => {
    if (!open.delete(exchange)) return;
    exchange.isAnswered = true;
    finish(exchange);
    if (!exchange.raw.complete) drain(exchange, timings);
  };

  const track = (exchange: Exchange) => {
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
    else limitBody(exchange, timings, (message) => giveUp(exchange, message));
  };
  return { track, openOn: (socket) => [...(openBySocket.get(socket) ?? [])] };
}

/** A body that comes too slowly is given up: otherwise two slow senders would hold all slots of an API. */
function limitBody(exchange: Exchange, { bodyMs, uploadIdleMs }: Timings, giveUp: (message: string) => void): void {
  const { raw, out } = exchange;
  const body = exchange.route?.operation.body;
  if (body === undefined) return;
  const timer =
    body.kind === "stream"
      ? watchProgress(exchange, uploadIdleMs, () =>
          giveUp(`nothing of the upload arrived for ${uploadIdleMs / 1000} s`),
        )
      : setTimeout(() => raw.complete || giveUp(`the body did not arrive within ${bodyMs / 1000} s`), bodyMs);
  const stop = () => clearTimeout(timer);
  out.once("close", stop);
  raw.once("close", stop);
}

/** Bytes that wait here to be read are our delay, not the sender's. */
function watchProgress({ raw }: Exchange, idleMs: number, giveUp: () => void): NodeJS.Timeout {
  let seenBytes = raw.socket.bytesRead;
  return setInterval(() => {
    const { bytesRead } = raw.socket;
    const isStalled = bytesRead === seenBytes && raw.readableLength === 0 && !raw.complete;
    seenBytes = bytesRead;
    if (isStalled) giveUp();
  }, idleMs);
}

/** Whoever was answered before the body had come may finish sending it, so as to read the answer, but not for ever. */
function drain({ raw }: Exchange, { drainMs }: Timings): void {
  if (raw.socket.destroyed) return;
  const timer = setTimeout(() => raw.complete || raw.socket.destroy(), drainMs);
  raw.once("close", () => clearTimeout(timer));
}
