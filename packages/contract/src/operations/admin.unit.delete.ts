import { defineOperation } from "../operation.ts";
import { BusinessUnitParams } from "../schemas/business-unit.ts";

/** A business unit without users: platform.md 3. */
export const adminUnitDelete = defineOperation({
  id: "admin.unit.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/unit/:unitId" },
  summary: "Delete a business unit",
  description: "Refused (409) while users belong to it.",
  access: { permission: "Subscription Management Access" },
  params: BusinessUnitParams,
  responses: { 204: { description: "Deleted" } },
});
