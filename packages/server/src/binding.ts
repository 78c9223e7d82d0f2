import type { Readable } from "node:stream";
import type { BodyOf, Operation, ParamsOf, QueryOf } from "@breakwater/contract";
import type { Caller } from "./caller.ts";
import type { ScopedDb } from "./db/scoped.ts";

/** What a handler answers; exactly one kind of body. */
export type Answer = {
  /** Default: the first status of the operation's contract. */
  status?: number;
  headers?: Record<string, string>;
  /** Total after filter and scope: becomes the `count` header. */
  count?: number;
} & (
  | { value: unknown }
  /** JSON text already, e.g. made by PostgreSQL; as bytes they are nobody's to change. */
  | { json: string | Buffer }
  | { text: string; contentType: string }
  | { stream: Readable; contentType: string; bytes?: number }
  | { empty: true }
);

/** What every handler gets besides the operation's own input. */
type Common = {
  /** Version of the path that was called: `v1`, `1.0`. */
  version: string;
  /** Client address, for the audit log. */
  address: string;
  /** Where the client reached this installation, for absolute links: e.g. `https://breakwater.example`. */
  origin: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Body of an operation whose contract says `stream`; empty otherwise. */
  payload: Readable;
};

export type PublicInput<T extends Operation> = Common & { query: QueryOf<T>; params: ParamsOf<T>; body: BodyOf<T> };

export type Input<T extends Operation> = PublicInput<T> & {
  caller: Caller;
  /** The database, narrowed to the caller's subscription and scope. */
  db: ScopedDb;
};

type HandlerInput<T extends Operation> = T["access"] extends "public" ? PublicInput<T> : Input<T>;

/** An operation and the code that answers it. */
export type Binding = { operation: Operation; handle: (input: never) => Promise<Answer> };

/** Binds a handler to its operation; input types follow from the contract. */
export function bind<T extends Operation>(operation: T, handle: (input: HandlerInput<T>) => Promise<Answer>): Binding {
  return { operation, handle: handle as Binding["handle"] };
}
