import { Type } from "typebox";

/** What a token can be signed with. */
export const SIGNING_ALGORITHMS = ["HS512", "RS512"] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

const DateTime = Type.String({ format: "date-time" });

/** A signing key without its secret part. */
export const SigningKey = Type.Object({
  kid: Type.String({ description: "As in the header of the tokens it signs" }),
  algorithm: Type.Enum(SIGNING_ALGORITHMS),
  created: DateTime,
  retired: Type.Union([DateTime, Type.Null()], { description: "Signs until then; null: it signs now" }),
  deleted: Type.Union([DateTime, Type.Null()], { description: "When its last token will have expired" }),
});
