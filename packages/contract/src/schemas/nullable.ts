import { type Static, type TInteger, type TString, type TUnsafe, Type } from "typebox";

/**
 * A text or whole number that a body may also give as null, to clear it. One schema with two types, and no union of
 * schemas: bodies are coerced, and the first schema of a union would take null for an empty text.
 */
export function orNull<T extends TString | TInteger>(schema: T): TUnsafe<Static<T> | null> {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, "null"] });
}
