import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { WebhookDelivery, WebhookParams } from "../schemas/webhook.ts";

/** What was sent to a webhook and what came of it: platform.md 6. */
export const adminWebhookDeliveries = defineOperation({
  id: "admin.webhook.deliveries",
  method: "GET",
  versions: { "1.0": "/admin/1.0/webhook/:webhookId/deliveries" },
  summary: "List deliveries of a webhook",
  access: { permission: "Subscription Management Access" },
  params: WebhookParams,
  hasCountHeader: true,
  responses: { 200: { description: "The newest 100, newest first", schema: Type.Array(WebhookDelivery) } },
});
