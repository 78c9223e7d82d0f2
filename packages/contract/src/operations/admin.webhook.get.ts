import { defineOperation } from "../operation.ts";
import { Webhook, WebhookParams } from "../schemas/webhook.ts";

/** One webhook of the caller's subscription: platform.md 6. */
export const adminWebhookGet = defineOperation({
  id: "admin.webhook.get",
  method: "GET",
  versions: { "1.0": "/admin/1.0/webhook/:webhookId" },
  summary: "Show a webhook",
  access: { permission: "Subscription Management Access" },
  params: WebhookParams,
  responses: { 200: { description: "The webhook", schema: Webhook } },
});
