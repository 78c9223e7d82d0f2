import { adminTagAssets } from "@breakwater/client";
import type { Command } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumbers } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { TAGS } from "./noun.ts";

type Flags = ServerFlags & { add?: number[]; remove?: number[] };

export function addTagAssignCommand(parent: Command): void {
  const command = parent
    .command("assign")
    .summary("give a static tag to assets, or take it from them")
    .description("Gives a tag without rule to assets and takes it from others: all of it, or nothing.")
    .argument("<name>", "name or id of the tag")
    .option("--add <ids...>", "ids of assets that get the tag", toWholeNumbers)
    .option("--remove <ids...>", "ids of assets that lose it", toWholeNumbers)
    .action(assign);
  addServerOptions(command);
}

async function assign(name: string, flags: Flags): Promise<void> {
  const change = someGiven({ add: flags.add, remove: flags.remove });
  const session = await openSession(flags);
  const { id } = await findNamed(session, TAGS, name);
  const answer = await session.call(adminTagAssets, { params: { tagId: id }, body: change });
  printRow(await answer.json(), TAGS.columns, flags);
}
