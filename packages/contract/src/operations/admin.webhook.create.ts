import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { WEBHOOK_SETTINGS, WebhookWithSecret } from "../schemas/webhook.ts";

/** A signed webhook: platform.md 6. */
export const adminWebhookCreate = defineOperation({
  id: "admin.webhook.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/webhook/create" },
  summary: "Register a webhook",
  access: { permission: "Subscription Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      url: WEBHOOK_SETTINGS.url,
      description: Type.Optional(WEBHOOK_SETTINGS.description),
      events: Type.Optional(WEBHOOK_SETTINGS.events),
    }),
  },
  responses: { 201: { description: "The webhook with its secret, shown this once", schema: WebhookWithSecret } },
});
