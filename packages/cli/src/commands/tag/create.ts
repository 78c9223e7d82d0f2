import { adminTagCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber, toWholeNumbers } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { TAGS } from "./noun.ts";

type Flags = ServerFlags & { rule?: string; criticality?: number; parent?: string; asset?: number[] };

export function addTagCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a tag")
    .description("Creates a tag. With a rule, every asset that matches it carries the tag, now and after each import.")
    .argument("<name>", "name of the tag")
    .option("--rule <qql>", "query over assets, e.g. asset.interface.address:10.20.0.0/16")
    .option("--criticality <1-5>", "criticality that the tag gives to its assets", toWholeNumber(1, 5))
    .option("--parent <name>", "tag above this one")
    .option("--asset <ids...>", "ids of assets that get the tag, which has no rule then", toWholeNumbers)
    .action(createTag);
  addServerOptions(command);
}

async function createTag(name: string, flags: Flags): Promise<void> {
  const { rule, criticality, parent, asset } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminTagCreate, {
    body: onlyGiven({ name, rule, criticality, parent, assetIds: asset }),
  });
  printRow(await answer.json(), TAGS.columns, flags);
}
