import { defineOperation } from "../operation.ts";
import { WebhookParams, WebhookWithSecret } from "../schemas/webhook.ts";

/** A new secret; the former signs beside it for 24 hours: platform.md 6. */
export const adminWebhookRotate = defineOperation({
  id: "admin.webhook.rotate",
  method: "POST",
  versions: { "1.0": "/admin/1.0/webhook/:webhookId/rotate" },
  summary: "Give a webhook a new secret",
  access: { permission: "Subscription Management Access" },
  params: WebhookParams,
  responses: { 200: { description: "The webhook with its new secret, shown this once", schema: WebhookWithSecret } },
});
