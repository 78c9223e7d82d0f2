import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { BUSINESS_UNIT_MEMBERS, BusinessUnit, BusinessUnitName } from "../schemas/business-unit.ts";

/** A new business unit: platform.md 3. */
export const adminUnitCreate = defineOperation({
  id: "admin.unit.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/unit/create" },
  summary: "Create a business unit",
  access: { permission: "Subscription Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      name: BusinessUnitName,
      description: Type.Optional(BUSINESS_UNIT_MEMBERS.description),
      scopeTags: Type.Optional(BUSINESS_UNIT_MEMBERS.scopeTags),
    }),
  },
  responses: { 201: { description: "The business unit", schema: BusinessUnit } },
});
