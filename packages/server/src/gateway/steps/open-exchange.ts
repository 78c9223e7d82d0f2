import { randomUUID } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { ClientReader } from "../client.ts";
import type { Exchange, Route } from "../exchange.ts";

/** Ids that clients may choose: visible ASCII, no more than a UUID with some prefix needs. */
const CLIENT_ID = /^[\w.:-]{1,64}$/;

/** Step 1: the request gets its id, the client's own `X-Request-Id` when that is usable. */
export function openExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route | undefined,
  parts: { now: number; log: Logger; client: ClientReader; life: Exchange["life"] },
): Exchange {
  const id = toRequestId(request.headers["x-request-id"]);
  return {
    id,
    startedAt: parts.now,
    raw: request.raw,
    out: reply.raw,
    route,
    address: parts.client.address(request.raw),
    client: parts.client,
    log: parts.log,
    life: parts.life,
    caller: undefined,
    lease: undefined,
    limitHeaders: undefined,
    lifecycleHeaders: undefined,
    isHandling: false,
    isAnswered: false,
  };
}

/** The client's own id when it is usable, otherwise a new one. */
export function toRequestId(given: string | string[] | undefined): string {
  return typeof given === "string" && CLIENT_ID.test(given) ? given : randomUUID();
}
