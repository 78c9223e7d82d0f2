import { adminUserCreate } from "@breakwater/client";
import type { Command } from "commander";
import { UsageError } from "../../failure.ts";
import { addOutputOption, type OutputFlags, printRow } from "../../output.ts";
import { addUrlOption, openSession } from "../../session.ts";
import { askSecret, canAsk } from "../../terminal.ts";
import { USER_COLUMNS, type User } from "./columns.ts";

type Flags = OutputFlags & {
  url?: string;
  username: string;
  password?: string;
  role: string;
  email?: string;
  fullName?: string;
  scopeTag?: string[];
};

export function addUserCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a user")
    .description(
      "Creates a user. The password is asked for on a terminal when it is not given. Without --scope-tag a Manager sees everything and others nothing.",
    )
    .requiredOption("--username <name>", "name of the new user")
    .option("--password <password>", "password of the new user, at least 12 characters")
    .option("--role <role>", "name of a role", "Reader")
    .option("--email <address>", "e-mail address")
    .option("--full-name <name>", "name for people")
    .option("--scope-tag <tags...>", "tags whose assets the user sees")
    .action(createUser);
  addUrlOption(addOutputOption(command));
}

async function createUser(flags: Flags): Promise<void> {
  const { url, username, role, email, fullName, scopeTag } = flags;
  if (flags.password === undefined && !canAsk()) {
    throw new UsageError("there is no terminal to ask on: give --password");
  }
  const session = await openSession(url === undefined ? {} : { url });
  const password = flags.password ?? (await askSecret(`Password for the new user ${username}`));
  const answer = await session.call(adminUserCreate, {
    body: {
      username,
      password,
      role,
      ...(email === undefined ? {} : { email }),
      ...(fullName === undefined ? {} : { fullName }),
      ...(scopeTag === undefined ? {} : { scopeTags: scopeTag }),
    },
  });
  printRow(await answer.json<User>(), USER_COLUMNS, flags);
}
