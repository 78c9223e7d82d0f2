import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { WEBHOOK_SETTINGS, Webhook, WebhookParams } from "../schemas/webhook.ts";

/** Where a webhook goes, what it is told and whether: platform.md 6. */
export const adminWebhookUpdate = defineOperation({
  id: "admin.webhook.update",
  method: "PUT",
  versions: { "1.0": "/admin/1.0/webhook/:webhookId" },
  summary: "Change a webhook",
  description: "Members that are absent stay as they are. Disabling gives up what waits to be delivered.",
  access: { permission: "Subscription Management Access" },
  params: WebhookParams,
  body: {
    kind: "json",
    schema: Type.Partial(Type.Object({ ...WEBHOOK_SETTINGS, isEnabled: Type.Boolean() })),
  },
  responses: { 200: { description: "The webhook", schema: Webhook } },
});
