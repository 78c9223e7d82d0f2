import type { Static, TObject, TSchema } from "typebox";
import type { Permission } from "./permissions.ts";

/** What an operation answers with one status. */
export type ResponseSpec = { description: string; contentType?: string; schema?: TSchema };

/** How a request's body is read: parsed and checked, or handed to the handler as a stream. */
export type BodySpec =
  | { kind: "json" | "form"; schema: TSchema; isOptional?: boolean }
  | { kind: "stream"; description: string };

/**
 * One operation of the API, as data. Routing, validation, permissions, limits, versions, OpenAPI, the client and the
 * reference are all derived from the table of these (invariant 1 of ARCHITECTURE.md).
 */
export type Operation = {
  /** `module.object.verb`: also the name of the contract file, handler, metric label and docs anchor. */
  id: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Paths by version, `:name` for parameters. Several versions run side by side. */
  versions: Readonly<Record<string, string>>;
  summary: string;
  description?: string;
  /**
   * `public` needs no token and counts against no limit; otherwise the permission the caller's role must hold, and for
   * what concerns the whole installation, that the caller belongs to the operator's subscription (the first one).
   */
  access: "public" | { permission: Permission; alsoNeeds?: Permission; isForOperator?: true };
  params?: TObject;
  query?: TObject;
  body?: BodySpec;
  /** Default 64 KiB; streams have their own limit in the settings. */
  maxBodyBytes?: number;
  responses: Readonly<Record<number, ResponseSpec>>;
  /** Versions that answer something else than `responses` (docs/guide/new-version.md). */
  responsesOf?: Readonly<Record<string, Readonly<Record<number, ResponseSpec>>>>;
  /** The answer carries the `count` header: the total after filter and scope. */
  hasCountHeader?: boolean;
};

/** Fixes the literal types of an operation, so that handlers and the client infer their input from it. */
export function defineOperation<const T extends Operation>(operation: T): T {
  return operation;
}

export type QueryOf<T extends Operation> = T["query"] extends TSchema ? Static<T["query"]> : Record<string, never>;
export type ParamsOf<T extends Operation> = T["params"] extends TSchema ? Static<T["params"]> : Record<string, never>;
export type BodyOf<T extends Operation> = T["body"] extends { schema: infer S extends TSchema } ? Static<S> : undefined;

/** What an operation answers when it succeeds, by the schema of its 2xx responses; unknown where it declares none. */
export type ResultOf<T extends Operation> = number extends keyof T["responses"]
  ? unknown
  : {
      [S in keyof T["responses"]]: `${S & number}` extends `2${string}`
        ? T["responses"][S] extends { schema: infer B extends TSchema }
          ? Static<B>
          : never
        : never;
    }[keyof T["responses"]];
