import { adminWebhookCreate, WEBHOOK_EVENTS, type WebhookEvent } from "@breakwater/client";
import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printOnce } from "../../output.ts";
import { openSession } from "../../session.ts";
import { SECRET_COLUMNS } from "./noun.ts";

type Flags = ServerFlags & { event?: WebhookEvent[]; description?: string };

export function addWebhookCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("register a webhook")
    .description("Registers a URL that is told of events, signed with a secret that is shown this once.")
    .argument("<url>", "where events are sent to")
    .addOption(new Option("--event <events...>", "only these; otherwise all").choices(WEBHOOK_EVENTS))
    .option("--description <text>", "what it is for; also a name for it here")
    .action(createWebhook);
  addServerOptions(command);
}

async function createWebhook(target: string, flags: Flags): Promise<void> {
  const { description, event } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminWebhookCreate, {
    body: onlyGiven({ url: target, description, events: event }),
  });
  printOnce(await answer.json(), SECRET_COLUMNS, flags);
}
