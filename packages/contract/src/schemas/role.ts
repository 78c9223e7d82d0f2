import { Type } from "typebox";
import { PERMISSIONS } from "../permissions.ts";

export const RoleName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: "Visible characters, as in a user name",
});

/** What a custom role is made of. */
export const ROLE_MEMBERS = {
  description: Type.String({ maxLength: 1000 }),
  hasUiAccess: Type.Boolean({ description: "Its users may work in the console" }),
  hasApiAccess: Type.Boolean({ description: "Its users may call the API; without it their tokens end" }),
  permissions: Type.Array(Type.Enum(PERMISSIONS), {
    maxItems: PERMISSIONS.length,
    uniqueItems: true,
    description: "None that the caller does not hold",
  }),
};

/** A role and how many users have it. */
export const Role = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  isShipped: Type.Boolean({ description: "In every subscription, and not to be changed" }),
  hasUiAccess: Type.Boolean(),
  hasApiAccess: Type.Boolean(),
  permissions: Type.Array(Type.String()),
  userCount: Type.Integer(),
});

export const RoleParams = Type.Object({ roleId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });
