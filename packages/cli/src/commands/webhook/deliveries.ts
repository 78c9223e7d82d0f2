import { adminWebhookDeliveries, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { type Columns, printRows } from "../../output.ts";
import { openSession } from "../../session.ts";
import { WEBHOOKS } from "./noun.ts";

type Delivery = ResultOf<typeof adminWebhookDeliveries>[number];

/** What was sent and what came of it. */
export const DELIVERY_COLUMNS: Columns<Delivery> = [
  ["Type", (delivery) => delivery.type],
  ["Created", (delivery) => delivery.created],
  ["Status", (delivery) => delivery.status],
  ["Attempts", (delivery) => delivery.attempts],
  ["Last answer", (delivery) => delivery.lastError ?? delivery.lastStatus],
  ["Next attempt", (delivery) => delivery.nextAttempt],
];

export function addWebhookDeliveriesCommand(parent: Command): void {
  const command = parent
    .command("deliveries")
    .summary("list what was sent to a webhook")
    .description("Lists the newest messages to a webhook and what came of them.")
    .argument("<name>", "URL, description or id of the webhook")
    .action(listDeliveries);
  addServerOptions(command);
}

async function listDeliveries(name: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const { id } = await findNamed(session, WEBHOOKS, name);
  const answer = await session.call(adminWebhookDeliveries, { params: { webhookId: id } });
  printRows(await answer.json(), DELIVERY_COLUMNS, flags);
}
