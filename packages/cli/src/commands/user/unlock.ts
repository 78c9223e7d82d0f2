import { adminUserUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { USERS } from "./noun.ts";

export function addUserUnlockCommand(parent: Command): void {
  const command = parent
    .command("unlock")
    .summary("let a locked user log in again")
    .description("Lets a user log in again who was locked after failed log-ins, or made inactive.")
    .argument("<name>", "name or id of the user")
    .action(unlock);
  addServerOptions(command);
}

async function unlock(name: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const { id } = await findNamed(session, USERS, name);
  const answer = await session.call(adminUserUpdate, { params: { userId: id }, body: { status: "ACTIVE" } });
  printRow(await answer.json(), USERS.columns, flags);
}
