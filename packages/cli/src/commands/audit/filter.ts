import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";
import { toWholeNumber } from "../../numbers.ts";

export type FilterFlags = {
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  result?: "success" | "failure";
  target?: string;
} & LogFlags;

/** Which log, where it is not the own subscription's. */
export type LogFlags = { unattributed?: boolean; subscriptionId?: number };

/** Adds the options that say which log; both are for the operator. */
export function addLogOptions(command: Command): Command {
  return command
    .option("--unattributed", "the log of what belongs to no subscription, e.g. log-ins with unknown names")
    .option("--subscription-id <id>", "the log of a subscription that was deleted", toWholeNumber(1, 2 ** 31 - 1));
}

/** Adds the options that say which events. */
export function addFilterOptions(command: Command): Command {
  return addLogOptions(command)
    .option("--from <time>", "not before, e.g. 2026-01-31 or 2026-01-31T08:00:00Z")
    .option("--to <time>", "before")
    .option("--actor <name>", "who did it")
    .option("--action <action>", "what was done, e.g. auth.login")
    .addOption(new Option("--result <result>", "how it ended").choices(["success", "failure"]))
    .option("--target <target>", "to what it was done");
}

/** The same as the API's query. */
export function toFilter(flags: FilterFlags) {
  const { from, to, actor, action, result, target, unattributed, subscriptionId } = flags;
  return onlyGiven({ from, to, actor, action, result, target, unattributed, subscriptionId });
}
