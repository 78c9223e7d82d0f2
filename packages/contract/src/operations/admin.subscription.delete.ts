import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { SubscriptionParams } from "../schemas/subscription.ts";

/** A tenant that leaves, with everything it has: platform.md 3. */
export const adminSubscriptionDelete = defineOperation({
  id: "admin.subscription.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/subscription/:subscriptionId" },
  summary: "Delete a subscription",
  description:
    "Users, assets, findings, reports and all else of it go at once; the audit log stays. Never the operator's own.",
  access: { permission: "Subscription Management Access", isForOperator: true },
  params: SubscriptionParams,
  query: Type.Object({
    confirm: Type.Optional(
      Type.String({
        maxLength: 200,
        description: "The subscription's name: needed (409) when it has assets, imports or reports",
      }),
    ),
  }),
  responses: { 204: { description: "Deleted" } },
});
