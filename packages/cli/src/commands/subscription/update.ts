import { adminSubscriptionUpdate, SERVICE_LEVEL_NAMES } from "@breakwater/client";
import { type Command, Option } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { type ServiceLevel, SUBSCRIPTIONS } from "./noun.ts";

type Flags = ServerFlags & {
  name?: string;
  level?: ServiceLevel;
  lockoutThreshold?: number;
  lockoutMinutes?: number;
  passwordMaxAgeDays?: number;
  allowIp?: string[] | false;
};

export function addSubscriptionUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a subscription and how its users log in")
    .description("Changes what is given and leaves the rest. Name and level are the operator's to change.")
    .argument("<name>", "name or id of the subscription")
    .option("--name <name>", "new name")
    .addOption(new Option("--level <level>", "service level").choices(SERVICE_LEVEL_NAMES))
    .option(
      "--lockout-threshold <count>",
      "wrong passwords in a row that lock a user; 0: none do",
      toWholeNumber(0, 1000),
    )
    .option("--lockout-minutes <minutes>", "how long; 0: until somebody unlocks the user", toWholeNumber(0, 525_600))
    .option("--password-max-age-days <days>", "age at which a password ends; 0: it does not", toWholeNumber(0, 36_500))
    .option("--allow-ip <networks...>", "addresses and networks (CIDR) that callers come from, instead of those so far")
    .option("--no-allow-ip", "callers come from anywhere")
    .action(updateSubscription);
  addServerOptions(command);
}

async function updateSubscription(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    name: flags.name,
    serviceLevel: flags.level,
    lockoutThreshold: flags.lockoutThreshold,
    lockoutMinutes: flags.lockoutMinutes,
    passwordMaxAgeDays: flags.passwordMaxAgeDays,
    ipAllowList: flags.allowIp === false ? [] : flags.allowIp,
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, SUBSCRIPTIONS, name);
  const answer = await session.call(adminSubscriptionUpdate, { params: { subscriptionId: id }, body: change });
  printRow(await answer.json(), SUBSCRIPTIONS.columns, flags);
}
