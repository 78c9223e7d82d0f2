import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { BUSINESS_UNIT_MEMBERS, BusinessUnit, BusinessUnitName, BusinessUnitParams } from "../schemas/business-unit.ts";

/** A change of a business unit; its users' scopes follow: platform.md 3. */
export const adminUnitUpdate = defineOperation({
  id: "admin.unit.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/unit/:unitId" },
  summary: "Change a business unit",
  description:
    "Members that are absent stay as they are. Other scopeTags become those of its Unit Managers; its other users lose what lies outside.",
  access: { permission: "Subscription Management Access" },
  params: BusinessUnitParams,
  body: { kind: "json", schema: Type.Partial(Type.Object({ name: BusinessUnitName, ...BUSINESS_UNIT_MEMBERS })) },
  responses: { 200: { description: "The business unit", schema: BusinessUnit } },
});
