import { adminSubscriptionDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addSubscriptionCreateCommand } from "./create.ts";
import { SUBSCRIPTIONS } from "./noun.ts";
import { addSubscriptionUpdateCommand } from "./update.ts";

/** `breakwater subscription …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addSubscriptionCommands(program: Command): void {
  const subscription = program.command("subscription").summary("manage subscriptions, the tenants of an installation");
  addSubscriptionCreateCommand(subscription);
  addListCommand(subscription, SUBSCRIPTIONS);
  addShowCommand(subscription, SUBSCRIPTIONS);
  addSubscriptionUpdateCommand(subscription);
  addDeleteCommand(subscription, SUBSCRIPTIONS, {
    consequence: "All its users, assets, findings and reports go with it; the audit log stays.",
    // By its name the server knows that a subscription with data is meant.
    act: (session, { id, name }) =>
      session.call(adminSubscriptionDelete, { params: { subscriptionId: id }, query: { confirm: name } }),
  });
}
