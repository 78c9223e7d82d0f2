import { defineOperation } from "../operation.ts";
import { BusinessUnit, BusinessUnitParams } from "../schemas/business-unit.ts";

/** One business unit: platform.md 3. */
export const adminUnitGet = defineOperation({
  id: "admin.unit.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/unit/:unitId" },
  summary: "Look at a business unit",
  access: { permission: "User Management Access" },
  params: BusinessUnitParams,
  responses: { 200: { description: "The business unit", schema: BusinessUnit } },
});
