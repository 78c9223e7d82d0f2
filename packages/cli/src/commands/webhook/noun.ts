import { adminWebhookList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";
import type { Columns } from "../../output.ts";

export type Webhook = ResultOf<typeof adminWebhookList>[number];

export const WEBHOOKS: Noun<Webhook> = {
  one: "webhook",
  many: "webhooks",
  columns: [
    ["URL", (webhook) => webhook.url],
    ["Description", (webhook) => webhook.description],
    ["Events", (webhook) => webhook.events.join(", ") || "all"],
    ["State", (webhook) => (webhook.isEnabled ? "enabled" : (webhook.disabledReason ?? "disabled"))],
    ["Id", (webhook) => webhook.id],
  ],
  readAll: async (session) => (await session.call(adminWebhookList)).json(),
  namesOf: (webhook) => [webhook.url, webhook.id, webhook.description],
};

/** With the secret, which is shown once. */
export const SECRET_COLUMNS: Columns<Webhook & { secret: string }> = [
  ["URL", (webhook) => webhook.url],
  ["Id", (webhook) => webhook.id],
  ["Secret", (webhook) => webhook.secret],
];
