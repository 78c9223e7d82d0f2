import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import {
  ServiceLevel,
  SUBSCRIPTION_POLICY,
  Subscription,
  SubscriptionName,
  SubscriptionParams,
} from "../schemas/subscription.ts";

/** A change of a subscription and of how its users log in: platform.md 3. */
export const adminSubscriptionUpdate = defineOperation({
  id: "admin.subscription.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/subscription/:subscriptionId" },
  summary: "Change a subscription",
  description:
    "Members that are absent stay as they are. name and serviceLevel are the operator's to change, in any subscription; the rest is changed by the Managers of the subscription, or by the operator. An ipAllowList that shuts out the caller's own address is refused.",
  access: { permission: "Subscription Management Access" },
  params: SubscriptionParams,
  body: {
    kind: "json",
    schema: Type.Partial(Type.Object({ name: SubscriptionName, serviceLevel: ServiceLevel, ...SUBSCRIPTION_POLICY })),
  },
  responses: { 200: { description: "The subscription", schema: Subscription } },
});
