import { type Static, type TInteger, type TObject, type TString, type TUnsafe, Type } from "typebox";

/**
 * A text, whole number or object that a body may also give as null, to clear it or as if it were left out. One schema with two types, and no union of
 * schemas, whose refusal would not say what is wrong with a text.
 */
export function orNull<T extends TString | TInteger | TObject>(schema: T): TUnsafe<Static<T> | null> {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, "null"] });
}
