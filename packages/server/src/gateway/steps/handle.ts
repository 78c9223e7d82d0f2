import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { Answer, Binding } from "../../binding.ts";
import type { Database } from "../../db/pool.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import type { Exchange, Route } from "../exchange.ts";

type Routed = Exchange & { route: Route };

/**
 * Steps 7 and 8: the database narrowed to the caller's subscription and scope, then the operation's handler.
 */
export function handle(exchange: Routed, request: FastifyRequest, binding: Binding, db: Database): Promise<Answer> {
  return binding.handle(new HandlerInput(exchange, request, db) as never);
}

/** What `Input` of binding.ts promises. What few handlers ask for is made when they ask. */
class HandlerInput {
  readonly #exchange: Routed;
  readonly #request: FastifyRequest;
  readonly #db: Database;

  constructor(exchange: Routed, request: FastifyRequest, db: Database) {
    this.#exchange = exchange;
    this.#request = request;
    this.#db = db;
  }

  get version(): string {
    return this.#exchange.route.version;
  }

  get address(): string {
    return this.#exchange.address;
  }

  get origin(): string {
    return this.#exchange.client.origin(this.#exchange.raw);
  }

  get caller() {
    return this.#exchange.caller;
  }

  get db(): ScopedDb | undefined {
    const { caller } = this.#exchange;
    return caller && scopeTo(this.#db, caller);
  }

  get headers() {
    return this.#request.headers;
  }

  get query() {
    return this.#request.query ?? {};
  }

  get params() {
    return this.#request.params ?? {};
  }

  get body() {
    return this.#request.body ?? undefined;
  }

  get payload(): Readable {
    const isStreamed = this.#exchange.route.operation.body?.kind === "stream" && this.#request.body !== undefined;
    return isStreamed ? (this.#request.body as Readable) : Readable.from([]);
  }
}
