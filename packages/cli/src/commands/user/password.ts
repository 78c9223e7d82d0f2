import { adminUserUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { addClientOptions } from "../../account.ts";
import { onlyGiven } from "../../given.ts";
import { addNewPasswordOptions, type NewPasswordFlags, readNewPassword } from "../../new-password.ts";
import { findNamed } from "../../noun.ts";
import { addOutputOption, type OutputFlags, printRow } from "../../output.ts";
import { addUrlOption, openSession } from "../../session.ts";
import { USERS } from "./noun.ts";

type Flags = OutputFlags & NewPasswordFlags & { url?: string; clientId?: string; clientSecret?: string };

export function addUserPasswordCommand(parent: Command): void {
  const command = parent
    .command("password")
    .summary("give a user a new password")
    .description(
      "Gives a user a new password, also one who had none (--sso-only), which ends the user's tokens. It is asked for on a terminal when it is not given. Who calls is said by the environment, the profile, or --client-id.",
    )
    .argument("<name>", "name or id of the user")
    .action(changePassword);
  addClientOptions(addUrlOption(addOutputOption(addNewPasswordOptions(command))));
}

async function changePassword(name: string, flags: Flags): Promise<void> {
  const { url, clientId, clientSecret } = flags;
  const password = await readNewPassword(flags, name);
  const session = await openSession(onlyGiven({ url, clientId, clientSecret }));
  const { id } = await findNamed(session, USERS, name);
  const answer = await session.call(adminUserUpdate, { params: { userId: id }, body: { password, ssoOnly: false } });
  printRow(await answer.json(), USERS.columns, flags);
}
