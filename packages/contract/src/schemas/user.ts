import { Type } from "typebox";

/** What a password's length may be, in characters; also that of the Manager made by a first start. */
export const PASSWORD_LENGTH = { min: 12, max: 1000 } as const;

/** Longest user name, in bytes of UTF-8: keeps a token below 4 KB, for a byte of it becomes at most 8 characters there. */
export const MAX_USERNAME_BYTES = 200;

export const Username = Type.String({
  minLength: 1,
  maxLength: MAX_USERNAME_BYTES,
  description: "At most 200 bytes of UTF-8, visible at both ends, without control or other invisible characters",
});

export const Password = Type.String({ minLength: PASSWORD_LENGTH.min, maxLength: PASSWORD_LENGTH.max });

export const Email = Type.String({
  maxLength: 320,
  pattern: "^[^@\\s]+@[^@\\s]+$",
  description: "Of one user of the subscription only: identity providers tell users by it",
});

export const FullName = Type.String({ maxLength: 200, description: "Visible characters, as in a user name" });

export const ScopeTags = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
  maxItems: 1000,
  description:
    "Names of tags: the user sees the assets that carry any of them. Within the caller's own scope and that of the business unit, and not to be given by a User Administrator.",
});

/** A user as administrators see it. */
export const User = Type.Object({
  id: Type.Integer(),
  username: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  fullName: Type.String(),
  role: Type.String(),
  status: Type.Enum(["ACTIVE", "INACTIVE", "LOCKED"]),
  hasFullScope: Type.Boolean(),
  scopeTags: Type.Array(Type.String()),
  businessUnit: Type.Union([Type.String(), Type.Null()]),
  ssoOnly: Type.Boolean({ description: "Logs in through the identity provider only; has no password" }),
  created: Type.String({ format: "date-time" }),
  lastLogin: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
});

export const UserParams = Type.Object({ userId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });
