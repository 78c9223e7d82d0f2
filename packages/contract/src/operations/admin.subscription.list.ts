import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Subscription } from "../schemas/subscription.ts";

/** For the operator all subscriptions, for others their own: platform.md 3. */
export const adminSubscriptionList = defineOperation({
  id: "admin.subscription.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/subscription/list" },
  summary: "List subscriptions",
  access: { permission: "Subscription Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "The subscriptions, oldest first", schema: Type.Array(Subscription) } },
});
