import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";

export type FilterFlags = {
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  result?: "success" | "failure";
  target?: string;
  unattributed?: boolean;
};

/** Adds the options that say which events. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("--from <time>", "not before, e.g. 2026-01-31 or 2026-01-31T08:00:00Z")
    .option("--to <time>", "before")
    .option("--actor <name>", "who did it")
    .option("--action <action>", "what was done, e.g. auth.login")
    .addOption(new Option("--result <result>", "how it ended").choices(["success", "failure"]))
    .option("--target <target>", "to what it was done")
    .option("--unattributed", "what belongs to no subscription, e.g. log-ins with unknown names; for the operator");
}

/** The same as the API's query. */
export function toFilter({ from, to, actor, action, result, target, unattributed }: FilterFlags) {
  return onlyGiven({ from, to, actor, action, result, target, unattributed });
}
