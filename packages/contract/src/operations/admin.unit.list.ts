import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { BusinessUnit } from "../schemas/business-unit.ts";

/** Business units that the caller manages users of: platform.md 3. */
export const adminUnitList = defineOperation({
  id: "admin.unit.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/unit/list" },
  summary: "List business units",
  description: "Who belongs to a business unit sees that one only.",
  access: { permission: "User Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "The business units, by name", schema: Type.Array(BusinessUnit) } },
});
