import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ServiceLevel, Subscription, SubscriptionName } from "../schemas/subscription.ts";
import { Password, Username } from "../schemas/user.ts";

/** A further tenant of the installation, with its first Manager: platform.md 3. */
export const adminSubscriptionCreate = defineOperation({
  id: "admin.subscription.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/subscription/create" },
  summary: "Create a subscription",
  access: { permission: "Subscription Management Access", isForOperator: true },
  body: {
    kind: "json",
    schema: Type.Object({
      name: SubscriptionName,
      serviceLevel: Type.Optional(ServiceLevel),
      managerUsername: Username,
      managerPassword: Password,
    }),
  },
  responses: { 201: { description: "The subscription", schema: Subscription } },
});
