import { defineOperation } from "../operation.ts";
import { WebhookDelivery, WebhookParams } from "../schemas/webhook.ts";

/** A message of type `webhook.test`, delivered as any other: platform.md 6. */
export const adminWebhookPing = defineOperation({
  id: "admin.webhook.ping",
  method: "POST",
  versions: { "1.0": "/admin/1.0/webhook/:webhookId/test" },
  summary: "Send a test message",
  access: { permission: "Subscription Management Access" },
  params: WebhookParams,
  responses: { 202: { description: "The delivery, pending", schema: WebhookDelivery } },
});
