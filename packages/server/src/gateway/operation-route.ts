import type { IncomingHttpHeaders } from "node:http";
import { AppError, type Operation } from "@breakwater/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Binding } from "../binding.ts";
import type { Principal } from "../modules/auth/index.ts";
import type { Exchange, Route } from "./exchange.ts";
import type { GatewayParts } from "./index.ts";
import { toBlockedAnswer } from "./problem.ts";
import { admit, releaseSlot } from "./steps/admit.ts";
import { authenticateRequest } from "./steps/authenticate.ts";
import { authorize } from "./steps/authorize.ts";
import { handle } from "./steps/handle.ts";
import { resolveLifecycle } from "./steps/resolve-lifecycle.ts";
import { respond } from "./steps/respond.ts";
import { toFastifySchema } from "./steps/validate.ts";

type Begin = (request: FastifyRequest, reply: FastifyReply, route: Route) => Exchange;
type Routed = Exchange & { route: Route };

/** Adds an operation in all its versions. */
export function addOperation(app: FastifyInstance, binding: Binding, parts: GatewayParts, begin: Begin): void {
  const { operation } = binding;
  const isStream = operation.body?.kind === "stream";
  const status = firstStatus(operation);
  for (const [version, path] of Object.entries(operation.versions)) {
    const route: Route = { operation, version, api: `${operation.method} ${path}` };
    app.route({
      method: operation.method,
      url: path,
      schema: toFastifySchema(operation),
      ...(isStream ? { bodyLimit: Number.MAX_SAFE_INTEGER } : {}),
      ...(operation.maxBodyBytes ? { bodyLimit: operation.maxBodyBytes } : {}),
      // Before the body is read: who is not let in does not get to send one.
      onRequest: (request, reply, done) => {
        forgetTypeOfNothing(request.raw.headers, operation);
        openGate({ exchange: begin(request, reply, route) as Routed, reply, parts, done });
      },
      handler: (request, reply) => answer(request, reply, binding, parts, status),
    });
  }
}

/** Many clients name a type with every call: of a body that is not there, where none need be, it says nothing. */
function forgetTypeOfNothing(headers: IncomingHttpHeaders, { body }: Operation): void {
  const isNeeded = body?.kind === "stream" || (body !== undefined && !body.isOptional);
  if (isNeeded) return;
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0) return;
  delete headers["content-type"];
}

type Gate = { exchange: Routed; reply: FastifyReply; parts: GatewayParts; done: (error?: Error) => void };

/**
 * Steps 2 to 5. Nearly always the token is known and the limiter in memory: then nothing here waits, which is why this
 * is written with a callback (a promise per step costs more than the steps).
 */
function openGate(gate: Gate): void {
  let isLetIn: boolean | Promise<boolean>;
  try {
    isLetIn = pass(gate);
  } catch (error) {
    gate.done(error as Error);
    return;
  }
  if (isLetIn instanceof Promise) isLetIn.then((answer) => settle(gate, answer), gate.done);
  else settle(gate, isLetIn);
}

/** Whether the call goes on; false when limits refuse it. Throws for every other refusal. */
function pass(gate: Gate): boolean | Promise<boolean> {
  const fresh = gate.parts.lifecycle.freshen?.();
  return fresh ? fresh.then(() => letThrough(gate)) : letThrough(gate);
}

function letThrough({ exchange, parts }: Gate): boolean | Promise<boolean> {
  resolveLifecycle(exchange, parts.lifecycle, parts.clock(), parts.config.retiredStatus);
  if (exchange.route.operation.access === "public") return true;
  const found = authenticateRequest(exchange.raw.headers.authorization, exchange.address, parts.authenticate);
  const letIn = ({ caller, limits }: Principal): boolean | Promise<boolean> => {
    // A client that left while its token was looked at takes no slot: nobody would give it back.
    if (exchange.isAnswered) throw new AppError("malformed-body", "the client closed the connection");
    exchange.caller = caller;
    const isAdmitted = admit(exchange, parts.limiter, caller.subscriptionId, limits);
    const goOn = (answer: boolean) => {
      if (answer) authorize(exchange.route, caller);
      return answer;
    };
    return isAdmitted instanceof Promise ? isAdmitted.then(goOn) : goOn(isAdmitted);
  };
  return found instanceof Promise ? found.then(letIn) : letIn(found);
}

/** A call that limits refuse is answered here: headers that say why, and an empty body unless asked for another. */
function settle({ exchange, reply, done }: Gate, isLetIn: boolean): void {
  if (isLetIn) {
    // Who waits to be told sends the body only now; who was refused above never does.
    const { headers, httpVersionMinor } = exchange.raw;
    if (headers.expect !== undefined && httpVersionMinor > 0 && !exchange.isAnswered) exchange.out.writeContinue();
    done();
    return;
  }
  reply.hijack();
  respond(exchange, toBlockedAnswer(exchange), 429).catch(() => exchange.out.destroy());
}

/** Steps 7 to 10; step 6 has been done by then. */
async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  binding: Binding,
  parts: GatewayParts,
  status: number,
): Promise<void> {
  const exchange = request.exchange as Routed;
  if (exchange.isAnswered) {
    // The client left between the gate and here; its slot is free again, so no work may begin.
    reply.hijack();
    return;
  }
  exchange.isHandling = true;
  try {
    const result = await handle(exchange, request, binding, parts.db);
    reply.hijack();
    await respond(exchange, result, status);
  } finally {
    exchange.isHandling = false;
    releaseSlot(exchange, parts.limiter);
  }
}

function firstStatus(operation: Operation): number {
  return Number(Object.keys(operation.responses)[0] ?? 200);
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] as const;

/** A known path with another method answers 405 and says which methods it has. */
export function addMethodGuards(app: FastifyInstance, operations: readonly Operation[]): void {
  const methodsByPath = new Map<string, Set<string>>();
  for (const operation of operations) {
    for (const path of Object.values(operation.versions)) {
      const methods = methodsByPath.get(path) ?? new Set();
      methodsByPath.set(path, methods.add(operation.method));
    }
  }
  for (const [url, methods] of methodsByPath) {
    const others = METHODS.filter((method) => !methods.has(method));
    const allow = [...methods].join(", ");
    app.route({
      method: others,
      url,
      onRequest: async (request) => {
        throw new AppError("method-not-allowed", `${request.method} is not for this path; it has ${allow}`, {
          headers: { Allow: allow },
        });
      },
      handler: () => undefined,
    });
  }
}
