import { adminUserCreate } from "@breakwater/client";
import type { Command } from "commander";
import { addClientOptions } from "../../account.ts";
import { UsageError } from "../../failure.ts";
import { onlyGiven } from "../../given.ts";
import { addNewPasswordOptions, type NewPasswordFlags, readNewPassword } from "../../new-password.ts";
import { addOutputOption, type OutputFlags, printRow } from "../../output.ts";
import { addUrlOption, openSession } from "../../session.ts";
import { USERS } from "./noun.ts";

type Flags = OutputFlags &
  NewPasswordFlags & {
    url?: string;
    clientId?: string;
    clientSecret?: string;
    username: string;
    role: string;
    ssoOnly?: boolean;
    email?: string;
    fullName?: string;
    scopeTag?: string[];
    fullScope?: boolean;
    unit?: string;
  };

export function addUserCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a user")
    .description(
      "Creates a user. The password is asked for on a terminal when it is not given. Without a scope a Manager sees everything, a Unit Manager what the unit sees, and others nothing. Who calls is said by the environment, the profile, or --client-id.",
    )
    .requiredOption("--username <name>", "name of the new user")
    .option("--role <role>", "name of a role", "Reader")
    .option("--email <address>", "e-mail address")
    .option("--full-name <name>", "name for people")
    .option("--scope-tag <tags...>", "tags whose assets the user sees")
    .option("--full-scope", "the user sees every asset")
    .option("--unit <name>", "business unit that the user belongs to")
    .option("--sso-only", "no password: logs in through the identity provider")
    .action(createUser);
  addClientOptions(addUrlOption(addOutputOption(addNewPasswordOptions(command))));
}

async function createUser(flags: Flags): Promise<void> {
  const { url, clientId, clientSecret, username, role, email, fullName, ssoOnly } = flags;
  if (ssoOnly && (flags.password !== undefined || flags.passwordStdin)) {
    throw new UsageError("a user with --sso-only has no password");
  }
  const password = ssoOnly ? undefined : await readNewPassword(flags, `the new user ${username}`);
  const session = await openSession(onlyGiven({ url, clientId, clientSecret }));
  const answer = await session.call(adminUserCreate, {
    body: onlyGiven({
      username,
      password,
      role,
      ssoOnly,
      email,
      fullName,
      scopeTags: flags.scopeTag,
      hasFullScope: flags.fullScope,
      businessUnit: flags.unit,
    }),
  });
  printRow(await answer.json(), USERS.columns, flags);
}
