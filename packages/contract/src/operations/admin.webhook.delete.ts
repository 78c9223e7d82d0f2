import { defineOperation } from "../operation.ts";
import { WebhookParams } from "../schemas/webhook.ts";

/** Ends a webhook, and what waits for it: platform.md 6. */
export const adminWebhookDelete = defineOperation({
  id: "admin.webhook.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/webhook/:webhookId" },
  summary: "Delete a webhook",
  access: { permission: "Subscription Management Access" },
  params: WebhookParams,
  responses: { 204: { description: "Deleted" } },
});
