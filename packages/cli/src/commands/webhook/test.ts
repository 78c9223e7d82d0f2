import { adminWebhookPing } from "@breakwater/client";
import type { Command } from "commander";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { DELIVERY_COLUMNS } from "./deliveries.ts";
import { WEBHOOKS } from "./noun.ts";

export function addWebhookTestCommand(parent: Command): void {
  const command = parent
    .command("test")
    .summary("send a test message")
    .description(
      "Sends a message of type webhook.test as any other is sent; `webhook deliveries` tells what came of it.",
    )
    .argument("<name>", "URL, description or id of the webhook")
    .action(sendTest);
  addServerOptions(command);
}

async function sendTest(name: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const { id } = await findNamed(session, WEBHOOKS, name);
  const answer = await session.call(adminWebhookPing, { params: { webhookId: id } });
  printRow(await answer.json(), DELIVERY_COLUMNS, flags);
}
