import { adminUnitUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { UNITS } from "./noun.ts";

type Flags = ServerFlags & { name?: string; description?: string; scopeTag?: string[] | false };

export function addUnitUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a business unit")
    .description("Changes what is given and leaves the rest; the scopes of its users follow.")
    .argument("<name>", "name or id of the unit")
    .option("--name <name>", "new name")
    .option("--description <text>", "what it is")
    .option("--scope-tag <tags...>", "tags whose assets the unit sees, instead of those so far")
    .option("--no-scope-tag", "the unit sees no asset")
    .action(updateUnit);
  addServerOptions(command);
}

async function updateUnit(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    name: flags.name,
    description: flags.description,
    scopeTags: flags.scopeTag === false ? [] : flags.scopeTag,
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, UNITS, name);
  const answer = await session.call(adminUnitUpdate, { params: { unitId: id }, body: change });
  printRow(await answer.json(), UNITS.columns, flags);
}
