import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Webhook } from "../schemas/webhook.ts";

/** Webhooks of the caller's subscription: platform.md 6. */
export const adminWebhookList = defineOperation({
  id: "admin.webhook.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/webhook/list" },
  summary: "List webhooks",
  access: { permission: "Subscription Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All webhooks, oldest first", schema: Type.Array(Webhook) } },
});
