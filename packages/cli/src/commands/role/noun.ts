import { adminRoleList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type Role = ResultOf<typeof adminRoleList>[number];

export const ROLES: Noun<Role> = {
  one: "role",
  many: "roles",
  columns: [
    ["Role", (role) => role.name],
    ["Kind", (role) => (role.isShipped ? "shipped" : "custom")],
    ["Access", (role) => [role.hasApiAccess ? "api" : "", role.hasUiAccess ? "ui" : ""].filter(Boolean).join(", ")],
    ["Users", (role) => role.userCount],
    ["Permissions", (role) => role.permissions.length],
  ],
  readAll: async (session) => (await session.call(adminRoleList)).json(),
  namesOf: (role) => [role.name, String(role.id)],
};
