import { adminSubscriptionCreate, SERVICE_LEVEL_NAMES } from "@breakwater/client";
import { type Command, Option } from "commander";
import { addClientOptions } from "../../account.ts";
import { onlyGiven } from "../../given.ts";
import { addNewPasswordOptions, type NewPasswordFlags, readNewPassword } from "../../new-password.ts";
import { addOutputOption, type OutputFlags, printRow } from "../../output.ts";
import { addUrlOption, openSession } from "../../session.ts";
import { type ServiceLevel, SUBSCRIPTIONS } from "./noun.ts";

type Flags = OutputFlags &
  NewPasswordFlags & { url?: string; clientId?: string; clientSecret?: string; username: string; level?: ServiceLevel };

export function addSubscriptionCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a subscription with its first Manager")
    .description(
      "Creates a subscription and its first Manager, whose password is asked for on a terminal when it is not given. For the operator. Who calls is said by the environment, the profile, or --client-id.",
    )
    .argument("<name>", "name of the subscription")
    .requiredOption("--username <name>", "name of its first Manager")
    .addOption(new Option("--level <level>", "service level; Standard unless given").choices(SERVICE_LEVEL_NAMES))
    .action(createSubscription);
  addClientOptions(addUrlOption(addOutputOption(addNewPasswordOptions(command))));
}

async function createSubscription(name: string, flags: Flags): Promise<void> {
  const { url, clientId, clientSecret, username, level } = flags;
  const managerPassword = await readNewPassword(flags, `the Manager ${username}`);
  const session = await openSession(onlyGiven({ url, clientId, clientSecret }));
  const answer = await session.call(adminSubscriptionCreate, {
    body: onlyGiven({ name, serviceLevel: level, managerUsername: username, managerPassword }),
  });
  printRow(await answer.json(), SUBSCRIPTIONS.columns, flags);
}
