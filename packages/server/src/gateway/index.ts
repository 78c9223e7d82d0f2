import { readFileSync } from "node:fs";
import { AppError } from "@breakwater/contract";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Binding } from "../binding.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../context.ts";
import type { Database } from "../db/pool.ts";
import type { Limiter } from "../limits/index.ts";
import { addBodyParsers } from "./body-parsers.ts";
import { answerClientError, MAX_HEADER_BYTES } from "./client-error.ts";
import type { Exchange, Route } from "./exchange.ts";
import { trackExchanges } from "./open-exchanges.ts";
import { addMethodGuards, addOperation } from "./operation-route.ts";
import { toAppError, toProblem } from "./problem.ts";
import { releaseSlot } from "./steps/admit.ts";
import type { Authenticate } from "./steps/authenticate.ts";
import { createObserver } from "./steps/observe.ts";
import { openExchange } from "./steps/open-exchange.ts";
import type { LifecycleView } from "./steps/resolve-lifecycle.ts";
import { respond } from "./steps/respond.ts";
import { addSystemRoutes, type SystemState } from "./system-routes.ts";

declare module "fastify" {
  interface FastifyRequest {
    exchange: Exchange | undefined;
  }
}

/** What the gateway is made from; everything it asks of the modules comes in here. */
export type GatewayParts = {
  config: Config;
  bindings: readonly Binding[];
  db: Database;
  limiter: Limiter;
  lifecycle: LifecycleView;
  authenticate: Authenticate;
  clock: Clock;
  log: Logger;
  system: SystemState;
};

const DEFAULT_BODY_BYTES = 64 * 1024;

/**
 * The gateway: each operation of the contract table as a route whose requests go through the steps in order.
 *
 * 1 open exchange · 2 lifecycle · 3 authenticate · 4 admit (limits) · 5 authorize · 6 validate · 7 scope and
 * 8 handle · 9 serialise and 10 common headers (respond) · 11 observe
 */
export async function buildGateway(parts: GatewayParts): Promise<FastifyInstance> {
  const { config, bindings, clock, log } = parts;
  const app: FastifyInstance = createFastify(config, (error, request, reply) => fail(error, request, reply));
  const observer = createObserver(log, clock);
  app.decorateRequest("exchange", undefined);
  const track = trackExchanges((exchange) => {
    releaseSlot(exchange, parts.limiter);
    observer.observe(exchange);
  });

  const begin = (request: FastifyRequest, reply: FastifyReply, route?: Route): Exchange => {
    const exchange = openExchange(request, reply, route, { now: clock(), log });
    request.exchange = exchange;
    track(exchange);
    return exchange;
  };
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const exchange = request.exchange ?? begin(request, reply);
    const known = toAppError(error, exchange);
    if (known.status >= 500) log.error({ err: error, requestId: exchange.id }, "a request failed");
    reply.hijack();
    return respond(exchange, toProblem(known, exchange), known.status);
  };
  app.setErrorHandler(fail);
  app.setNotFoundHandler((request, reply) => {
    begin(request, reply);
    throw new AppError("not-found", `there is nothing at ${request.url.split("?", 1)[0]}`);
  });

  addSystemRoutes(app, {
    state: parts.system,
    registry: observer.registry,
    operations: bindings.map(({ operation }) => operation),
    lifecycle: parts.lifecycle,
  });
  for (const kind of ["json", "form", "stream"] as const) {
    await app.register(async (scope) => {
      addBodyParsers(scope, kind);
      for (const binding of bindings) {
        if ((binding.operation.body?.kind ?? "json") === kind) addOperation(scope, binding, parts, begin);
      }
    });
  }
  addMethodGuards(
    app,
    bindings.map(({ operation }) => operation),
  );
  return app;
}

/** More open connections than this are refused; each costs memory before anybody knows who it is. */
const MAX_CONNECTIONS = 10_000;

type Fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

/** @param fail answers what Fastify refuses before routing, e.g. a malformed path */
function createFastify(config: Config, fail: Fail): FastifyInstance {
  const options = {
    exposeHeadRoutes: true,
    frameworkErrors: fail as never,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    bodyLimit: DEFAULT_BODY_BYTES,
    // A whole request may take an hour, for large uploads over slow lines; its head 30 s.
    requestTimeout: 3_600_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 30_000, maxHeaderSize: MAX_HEADER_BYTES },
    clientErrorHandler: answerClientError,
    forceCloseConnections: "idle",
  } as const;
  if (!config.tls) return limitConnections(fastify(options) as unknown as FastifyInstance);
  const { http, ...rest } = options;
  const tls = {
    cert: readFileSync(config.tls.certFile),
    key: readFileSync(config.tls.keyFile),
    minVersion: "TLSv1.2",
  } as const;
  return limitConnections(fastify({ ...rest, https: { ...http, ...tls } }) as unknown as FastifyInstance);
}

function limitConnections(app: FastifyInstance): FastifyInstance {
  app.server.maxConnections = MAX_CONNECTIONS;
  return app;
}
