import { adminTagCreate } from "@breakwater/client";
import { type Command, InvalidArgumentError } from "commander";
import { addOutputOption, type OutputFlags, printRow } from "../../output.ts";
import { addConnectionOptions, type ConnectionFlags, openSession } from "../../session.ts";
import { TAG_COLUMNS, type Tag } from "./columns.ts";

type Flags = ConnectionFlags & OutputFlags & { rule?: string; criticality?: number; parent?: string };

export function addTagCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a tag")
    .description("Creates a tag. With a rule, every asset that matches it carries the tag, now and after each import.")
    .argument("<name>", "name of the tag")
    .option("--rule <qql>", "query over assets, e.g. asset.interface.address:10.20.0.0/16")
    .option("--criticality <1-5>", "criticality that the tag gives to its assets", toCriticality)
    .option("--parent <name>", "tag above this one")
    .action(createTag);
  addConnectionOptions(addOutputOption(command));
}

async function createTag(name: string, flags: Flags): Promise<void> {
  const { rule, criticality, parent } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminTagCreate, {
    body: {
      name,
      ...(rule === undefined ? {} : { rule }),
      ...(criticality === undefined ? {} : { criticality }),
      ...(parent === undefined ? {} : { parent }),
    },
  });
  printRow(await answer.json<Tag>(), TAG_COLUMNS, flags);
}

function toCriticality(text: string): number {
  if (!/^[1-5]$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1 to 5.");
  return Number(text);
}
