import type { Server as TlsServer } from "node:tls";
import { AppError } from "@breakwater/contract";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Binding } from "../binding.ts";
import type { Config } from "../config/config.ts";
import { NetworkSet } from "../config/networks.ts";
import type { Clock } from "../context.ts";
import type { Database } from "../db/pool.ts";
import { type Limiter, registerLimiterMetrics } from "../limits/index.ts";
import { addBodyParsers } from "./body-parsers.ts";
import { type ClientReader, createClientReader } from "./client.ts";
import { createClientErrorHandler, MAX_HEADER_BYTES } from "./client-error.ts";
import { guardConnections, trackHandshakes } from "./connections.ts";
import type { Exchange, Route } from "./exchange.ts";
import { type ExchangeTracker, trackExchanges } from "./open-exchanges.ts";
import { addMethodGuards, addOperation } from "./operation-route.ts";
import { toAppError, toProblem } from "./problem.ts";
import { releaseSlot } from "./steps/admit.ts";
import { auditRefusal } from "./steps/audit-refusal.ts";
import type { Authenticate } from "./steps/authenticate.ts";
import { inspectHead } from "./steps/inspect-head.ts";
import { createObserver } from "./steps/observe.ts";
import { openExchange } from "./steps/open-exchange.ts";
import type { LifecycleView } from "./steps/resolve-lifecycle.ts";
import { respond } from "./steps/respond.ts";
import { toValidatorCompiler } from "./steps/validate.ts";
import { addSystemRoutes, type SystemState } from "./system-routes.ts";
import { LONGEST_REQUEST_MS, TIMINGS, type Timings } from "./timings.ts";
import type { Certificate } from "./tls/certificate.ts";

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
  /** Undefined: plain HTTP. */
  certificate?: Certificate;
  timings?: Partial<Timings>;
  /** Where the build of the web console is; undefined: it is not served. */
  consoleDir?: string;
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
  const timings = { ...TIMINGS, ...parts.timings };
  const observer = createObserver(log, clock);
  registerLimiterMetrics(observer.registry, parts.limiter);
  const client = createClientReader(config);
  const life = { isStopping: false };
  const tracker = trackExchanges({
    timings,
    finish: (exchange) => {
      releaseSlot(exchange, parts.limiter);
      observer.observe(exchange);
    },
    giveUp: (exchange, message) => {
      const refusal = new AppError("request-timeout", message, { headers: { Connection: "close" } });
      respond(exchange, toProblem(refusal, exchange), refusal.status).catch(() => exchange.raw.destroy());
    },
  });
  const begin = (request: FastifyRequest, reply: FastifyReply, route?: Route): Exchange => {
    const exchange = openExchange(request, reply, route, { now: clock(), log, client, life });
    request.exchange = exchange;
    tracker.track(exchange);
    return exchange;
  };
  const fail = async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const exchange = request.exchange ?? begin(request, reply);
    const known = toAppError(error, exchange);
    if (known.status >= 500) log.error({ err: error, requestId: exchange.id }, "a request failed");
    reply.hijack();
    await auditRefusal(parts.db, exchange, known);
    await respond(exchange, toProblem(known, exchange), known.status);
  };
  const app = createFastify(parts, { fail, tracker, timings });
  app.decorateRequest("exchange", undefined);
  app.addHook("onRequest", (request, _reply, done) => {
    let refusal: Error | undefined;
    try {
      inspectHead(request.raw);
    } catch (error) {
      refusal = error as Error;
    }
    done(refusal);
  });
  app.addHook("preClose", async () => {
    life.isStopping = true;
  });
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
    mayReadMetrics: createMetricsGate(config, client),
    consoleDir: parts.consoleDir,
  });
  for (const kind of ["json", "form", "stream"] as const) {
    await app.register(async (scope) => {
      addBodyParsers(scope, kind);
      scope.setValidatorCompiler(toValidatorCompiler(kind));
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

/**
 * Loopback, and the networks of the setting. A call that was passed on comes from elsewhere, even when the proxy that did it
 * runs on this machine and is not among the trusted ones.
 */
function createMetricsGate(config: Config, client: ClientReader): (request: FastifyRequest) => boolean {
  const local = new NetworkSet(["127.0.0.0/8", "::1"]);
  const listed = new NetworkSet(config.metricsFrom);
  return ({ raw }) => {
    const address = client.address(raw);
    const isLocal = local.has(address) && raw.headers["x-forwarded-for"] === undefined;
    return isLocal || listed.has(address);
  };
}

type Fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) => unknown;

/** @param more.fail answers what Fastify refuses before routing, e.g. a malformed path */
function createFastify(
  { config, certificate }: GatewayParts,
  { fail, tracker, timings }: { fail: Fail; tracker: ExchangeTracker; timings: Timings },
): FastifyInstance {
  const http = {
    headersTimeout: timings.headMs,
    // How often Node looks for heads that take too long.
    connectionsCheckingInterval: Math.min(timings.headMs, 5_000),
    maxHeaderSize: MAX_HEADER_BYTES,
    // Asked for by inspectHead, whose answer has our headers.
    requireHostHeader: false,
  };
  const options = {
    exposeHeadRoutes: true,
    frameworkErrors: fail as never,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    bodyLimit: DEFAULT_BODY_BYTES,
    requestTimeout: LONGEST_REQUEST_MS,
    keepAliveTimeout: timings.keepAliveMs,
    clientErrorHandler: createClientErrorHandler(tracker.openOn),
    forceCloseConnections: "idle",
    // A call that still comes in on an open connection while the server stops is answered as any other.
    return503OnClosing: false,
  } as const;
  const app = (certificate
    ? fastify({ ...options, https: { ...http, ...certificate.options, handshakeTimeout: timings.headMs } })
    : fastify({ ...options, http })) as unknown as FastifyInstance;
  guardConnections(app.server, config);
  if (certificate) {
    const server = app.server as unknown as TlsServer;
    certificate.keep(server);
    const endHandshakes = trackHandshakes(server);
    app.addHook("preClose", async () => endHandshakes());
  }
  return app;
}
