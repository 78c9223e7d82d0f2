import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { CommandFailure, UsageError } from "./failure.ts";
import { askSecret, canAsk } from "./terminal.ts";

export type NewPasswordFlags = { password?: string; passwordStdin?: boolean };

/** Adds `--password` and `--password-stdin` for a password that is given to somebody. */
export function addNewPasswordOptions(command: Command): Command {
  return command
    .option("--password <password>", "the password, at least 12 characters; better not where a shell keeps a history")
    .option("--password-stdin", "read the password from standard input");
}

/**
 * The new password: by flag, from standard input, or asked for twice.
 *
 * @throws UsageError where it is not given and nobody can be asked
 */
export async function readNewPassword(flags: NewPasswordFlags, whose: string): Promise<string> {
  if (flags.password !== undefined && flags.passwordStdin) {
    throw new UsageError("--password and --password-stdin are two ways to say the same: give one");
  }
  if (flags.password !== undefined) return flags.password;
  // What writes a line ends it; that is no part of a password.
  if (flags.passwordStdin) return (await text(process.stdin)).replace(/\r?\n$/, "");
  if (!canAsk()) throw new UsageError("there is no terminal to ask on: give --password-stdin, or --password");
  const password = await askSecret(`Password for ${whose}`);
  if ((await askSecret("The same again")) !== password)
    throw new CommandFailure("the two are not the same: nothing was done");
  return password;
}
