import type { Command } from "commander";
import { CommandFailure, UsageError } from "./failure.ts";
import { ask, canAsk } from "./terminal.ts";

export type ConfirmFlags = { yes?: boolean };

/** Adds `--yes`. */
export function addYesOption(command: Command): Command {
  return command.option("--yes", "do not ask; needed where there is no terminal to ask on");
}

/** To be called before anything is asked of a server, so that a script learns at once what it lacks. */
export function assertConfirmable(flags: ConfirmFlags): void {
  if (!flags.yes && !canAsk()) throw new UsageError("there is no terminal to ask on: give --yes");
}

/**
 * Asks before something is lost.
 *
 * @throws CommandFailure when the answer is not yes
 */
export async function confirm(question: string, flags: ConfirmFlags): Promise<void> {
  if (flags.yes) return;
  const answer = await ask(`${question} [y/N]`);
  if (!/^y(es)?$/i.test(answer)) throw new CommandFailure("nothing was done");
}
