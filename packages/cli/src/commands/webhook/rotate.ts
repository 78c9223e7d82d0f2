import { adminWebhookRotate } from "@breakwater/client";
import type { Command } from "commander";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printOnce } from "../../output.ts";
import { openSession } from "../../session.ts";
import { SECRET_COLUMNS, WEBHOOKS } from "./noun.ts";

export function addWebhookRotateCommand(parent: Command): void {
  const command = parent
    .command("rotate")
    .summary("give a webhook a new secret")
    .description("Gives a webhook a new secret, shown this once. The former signs beside it for 24 hours.")
    .argument("<name>", "URL, description or id of the webhook")
    .action(rotate);
  addServerOptions(command);
}

async function rotate(name: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const { id } = await findNamed(session, WEBHOOKS, name);
  const answer = await session.call(adminWebhookRotate, { params: { webhookId: id } });
  printOnce(await answer.json(), SECRET_COLUMNS, flags);
}
