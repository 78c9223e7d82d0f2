import { adminUnitCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { UNITS } from "./noun.ts";

type Flags = ServerFlags & { description?: string; scopeTag?: string[] };

export function addUnitCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a business unit")
    .description("Creates a business unit. Its Unit Managers see what its tags say, its other users no more than that.")
    .argument("<name>", "name of the unit")
    .option("--description <text>", "what it is")
    .option("--scope-tag <tags...>", "tags whose assets the unit sees")
    .action(createUnit);
  addServerOptions(command);
}

async function createUnit(name: string, flags: Flags): Promise<void> {
  const { description, scopeTag } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminUnitCreate, { body: onlyGiven({ name, description, scopeTags: scopeTag }) });
  printRow(await answer.json(), UNITS.columns, flags);
}
