import { defineOperation } from "../operation.ts";
import { Subscription, SubscriptionParams } from "../schemas/subscription.ts";

/** The own subscription, for the operator any: platform.md 3. */
export const adminSubscriptionGet = defineOperation({
  id: "admin.subscription.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/subscription/:subscriptionId" },
  summary: "Look at a subscription",
  access: { permission: "Subscription Management Access" },
  params: SubscriptionParams,
  responses: { 200: { description: "The subscription", schema: Subscription } },
});
