import { Type } from "typebox";

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
  created: Type.String({ format: "date-time" }),
});
