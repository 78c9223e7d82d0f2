import { text } from "node:stream/consumers";
import { authPasswordChange, createClient } from "@breakwater/client";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { UsageError } from "../../failure.ts";
import { readNewPassword } from "../../new-password.ts";
import { addOutputOption, type OutputFlags, printJson } from "../../output.ts";
import { readProfiles } from "../../profile.ts";
import { addUrlOption, chooseUrl, toSession } from "../../session.ts";
import { askSecret, canAsk, print } from "../../terminal.ts";

type Flags = OutputFlags & { url?: string; username?: string; passwordStdin?: boolean };

/** `breakwater password …` */
export function addPasswordCommands(program: Command): void {
  const command = program
    .command("password")
    .summary("your own password")
    .command("change")
    .summary("change your own password")
    .description(
      "Changes your own password, also one that has expired; it ends your tokens. Both are asked for on a terminal. An administrator gives others a new one with `breakwater user password`.",
    )
    .option("--username <name>", "user; otherwise BREAKWATER_USERNAME, or the profile")
    .option("--password-stdin", "read two lines from standard input: the present password and the new one")
    .action(changeOwn);
  addOutputOption(addUrlOption(command));
}

async function changeOwn(flags: Flags): Promise<void> {
  const profiles = await readProfiles();
  const url = chooseUrl(flags, profiles[0]);
  const username =
    flags.username ?? readEnvironment().username ?? profiles.find((profile) => profile.url === url)?.username;
  if (username === undefined) throw new UsageError("whose password is not said: give --username");
  const { password, newPassword } = await readBoth(flags, username);
  await toSession(createClient({ url })).call(authPasswordChange, { body: { username, password, newPassword } });
  if (flags.output === "json") printJson({ username });
  else print(`The password of ${username} is changed; its tokens end: log in again.`);
}

async function readBoth(flags: Flags, username: string): Promise<{ password: string; newPassword: string }> {
  if (flags.passwordStdin) {
    const [password, newPassword] = (await text(process.stdin)).split(/\r?\n/);
    if (!password || !newPassword) throw new UsageError("standard input must be two lines: present and new password");
    return { password, newPassword };
  }
  if (!canAsk()) throw new UsageError("there is no terminal to ask on: give --password-stdin");
  return {
    password: await askSecret(`Present password of ${username}`),
    newPassword: await readNewPassword({}, `${username}, the new one`),
  };
}
