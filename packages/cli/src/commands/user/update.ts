import { adminUserUpdate } from "@breakwater/client";
import { type Command, Option } from "commander";
import { orCleared, someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { USERS } from "./noun.ts";

type Flags = ServerFlags & {
  role?: string;
  email?: string | false;
  fullName?: string;
  scopeTag?: string[] | false;
  fullScope?: boolean;
  unit?: string | false;
  status?: "active" | "inactive";
  ssoOnly?: boolean;
};

export function addUserUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a user")
    .description("Changes what is given and leaves the rest. It acts on the user's live tokens within a second.")
    .argument("<name>", "name or id of the user")
    .option("--role <role>", "name of a role")
    .option("--email <address>", "e-mail address")
    .option("--no-email", "no e-mail address")
    .option("--full-name <name>", "name for people")
    .option("--scope-tag <tags...>", "tags whose assets the user sees, instead of those so far")
    .option("--no-scope-tag", "the user sees no asset")
    .option("--full-scope", "the user sees every asset")
    .option("--unit <name>", "business unit that the user belongs to")
    .option("--no-unit", "no business unit")
    .addOption(new Option("--status <status>", "whether the user may log in").choices(["active", "inactive"]))
    .option("--sso-only", "no password any more: logs in through the identity provider")
    .action(updateUser);
  addServerOptions(command);
}

async function updateUser(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    role: flags.role,
    email: orCleared(flags.email),
    fullName: flags.fullName,
    scopeTags: flags.scopeTag === false ? [] : flags.scopeTag,
    hasFullScope: flags.fullScope ?? (flags.scopeTag === undefined ? undefined : false),
    businessUnit: orCleared(flags.unit),
    ssoOnly: flags.ssoOnly,
    status: flags.status === undefined ? undefined : (flags.status.toUpperCase() as "ACTIVE" | "INACTIVE"),
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, USERS, name);
  const answer = await session.call(adminUserUpdate, { params: { userId: id }, body: change });
  printRow(await answer.json(), USERS.columns, flags);
}
