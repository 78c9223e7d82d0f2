import { adminTagUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { orCleared, someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { TAGS } from "./noun.ts";

type Flags = ServerFlags & {
  name?: string;
  rule?: string | false;
  criticality?: number | false;
  parent?: string | false;
};

export function addTagUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a tag")
    .description("Changes what is given and leaves the rest; assets and scopes follow at once.")
    .argument("<name>", "name or id of the tag")
    .option("--name <name>", "new name")
    .option("--rule <qql>", "query over assets: whatever matches carries the tag")
    .option("--no-rule", "static from now on, on the assets that carry it")
    .option("--criticality <1-5>", "criticality that the tag gives to its assets", toWholeNumber(1, 5))
    .option("--no-criticality", "gives none")
    .option("--parent <name>", "tag above this one")
    .option("--no-parent", "none above it")
    .action(updateTag);
  addServerOptions(command);
}

async function updateTag(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    name: flags.name,
    rule: orCleared(flags.rule),
    criticality: orCleared(flags.criticality),
    parent: orCleared(flags.parent),
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, TAGS, name);
  const answer = await session.call(adminTagUpdate, { params: { tagId: id }, body: change });
  printRow(await answer.json(), TAGS.columns, flags);
}
