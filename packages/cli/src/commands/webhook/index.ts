import { adminWebhookDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addWebhookCreateCommand } from "./create.ts";
import { addWebhookDeliveriesCommand } from "./deliveries.ts";
import { WEBHOOKS } from "./noun.ts";
import { addWebhookRotateCommand } from "./rotate.ts";
import { addWebhookTestCommand } from "./test.ts";
import { addWebhookUpdateCommand } from "./update.ts";

/** `breakwater webhook …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addWebhookCommands(program: Command): void {
  const webhook = program.command("webhook").summary("manage webhooks");
  addWebhookCreateCommand(webhook);
  addListCommand(webhook, WEBHOOKS);
  addShowCommand(webhook, WEBHOOKS);
  addWebhookUpdateCommand(webhook);
  addWebhookRotateCommand(webhook);
  addWebhookTestCommand(webhook);
  addWebhookDeliveriesCommand(webhook);
  addDeleteCommand(webhook, WEBHOOKS, {
    consequence: "What waits to be delivered is given up.",
    act: (session, { id }) => session.call(adminWebhookDelete, { params: { webhookId: id } }),
  });
}
