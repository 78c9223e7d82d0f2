import { type Static, type TInteger, type TString, type TUnsafe, Type } from "typebox";

/**
 * A text or whole number that a body may also give as null, to clear it. One schema with two types, and no union of
 * schemas, whose refusal would not say what is wrong with a text.
 */
export function orNull<T extends TString | TInteger>(schema: T): TUnsafe<Static<T> | null> {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, "null"] });
}
