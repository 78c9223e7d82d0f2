import type { IncomingMessage, ServerResponse } from "node:http";
import type { Operation } from "@breakwater/contract";
import type { HeaderField, Lease } from "@breakwater/domain/limits/index";
import type { Logger } from "pino";
import type { Caller } from "../caller.ts";
import type { ClientReader } from "./client.ts";

/** One version of an operation as it is routed; made once at start. */
export type Route = {
  operation: Operation;
  version: string;
  /** Method and route template with version, e.g. `GET /ot/1.0/host/list`: key of limits, lifecycle and metrics. */
  api: string;
};

/** One request on its way through the steps; each step reads what earlier ones wrote. */
export type Exchange = {
  readonly id: string;
  readonly startedAt: number;
  readonly raw: IncomingMessage;
  readonly out: ServerResponse;
  /** Undefined for what is not an operation: health, metrics, docs, unknown paths. */
  readonly route: Route | undefined;
  readonly address: string;
  /** Reads more of the client than most calls need. */
  readonly client: ClientReader;
  readonly log: Logger;
  /** Of the server: while it stops, answers ask clients to connect anew. */
  readonly life: { isStopping: boolean };
  caller: Caller | undefined;
  lease: Lease | undefined;
  limitHeaders: readonly HeaderField[] | undefined;
  lifecycleHeaders: readonly HeaderField[] | undefined;
  /** True while the handler's work runs; the slot is held at least so long. */
  isHandling: boolean;
  /** True once the answer is over: sent, or the client gone. */
  isAnswered: boolean;
};
