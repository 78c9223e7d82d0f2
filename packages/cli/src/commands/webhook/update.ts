import { adminWebhookUpdate, WEBHOOK_EVENTS, type WebhookEvent } from "@breakwater/client";
import { type Command, Option } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { WEBHOOKS } from "./noun.ts";

type Flags = ServerFlags & {
  to?: string;
  event?: WebhookEvent[] | false;
  description?: string;
  enable?: boolean;
};

export function addWebhookUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a webhook")
    .description("Changes what is given and leaves the rest. Disabling gives up what waits to be delivered.")
    .argument("<name>", "URL, description or id of the webhook")
    .option("--to <url>", "where events are sent to from now on")
    .addOption(new Option("--event <events...>", "only these, instead of those so far").choices(WEBHOOK_EVENTS))
    .option("--no-event", "no choice of events: all")
    .option("--description <text>", "what it is for")
    .option("--enable", "send again")
    .option("--no-enable", "send nothing")
    .action(updateWebhook);
  addServerOptions(command);
}

async function updateWebhook(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    url: flags.to,
    events: flags.event === false ? [] : flags.event,
    description: flags.description,
    isEnabled: flags.enable,
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, WEBHOOKS, name);
  const answer = await session.call(adminWebhookUpdate, { params: { webhookId: id }, body: change });
  printRow(await answer.json(), WEBHOOKS.columns, flags);
}
