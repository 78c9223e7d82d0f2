import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { LimitSubscriptionId, SubscriptionLimitsView } from "../schemas/limit.ts";

/** Service level, exceptions and present use: platform.md 4. */
export const adminLimitList = defineOperation({
  id: "admin.limit.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/limit/list" },
  summary: "Read limits and their use",
  description: "Of the caller's own subscription, or for the operator of any.",
  access: { permission: "Limit Management Access" },
  query: Type.Object({ subscriptionId: Type.Optional(LimitSubscriptionId) }),
  responses: { 200: { description: "The limits", schema: SubscriptionLimitsView } },
});
