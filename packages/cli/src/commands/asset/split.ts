import { etmAssetSplit } from "@breakwater/client";
import { type Command, InvalidArgumentError } from "commander";
import { someGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printDetails } from "../../output.ts";
import { openSession } from "../../session.ts";

const KINDS = [
  ...(["agent-id", "cloud-instance-id", "bios-uuid", "serial-number", "mac", "fqdn", "ip"] as const),
  "source-name" as const,
];
type Identifier = { kind: (typeof KINDS)[number]; value: string };
type Flags = ServerFlags & { connection?: string[]; identifier?: Identifier[] };

export function addAssetSplitCommand(parent: Command): void {
  const command = parent
    .command("split")
    .summary("take an asset apart that two things were merged into")
    .description(
      "Makes a new asset of what some sources say of one. It stays apart whatever they tell later, until `asset merge`.",
    )
    .argument("<id>", "id of the asset")
    .option("--connection <names...>", "connections whose word goes to the new asset")
    .option("--identifier <kind=value...>", "identifiers that go, e.g. mac=00:1b:1b:12:34:56", toIdentifiers)
    .action(split);
  addServerOptions(command);
}

async function split(assetId: string, flags: Flags): Promise<void> {
  const body = someGiven({ connections: flags.connection, identifiers: flags.identifier });
  const session = await openSession(flags);
  const answer = await session.call(etmAssetSplit, { params: { assetId }, body });
  printDetails(await answer.json(), flags);
}

function toIdentifiers(text: string, former: Identifier[] = []): Identifier[] {
  const [name, ...value] = text.split("=");
  const kind = KINDS.find((one) => one === name);
  if (!kind || value.length === 0) throw new InvalidArgumentError(`write kind=value; kinds are ${KINDS.join(", ")}`);
  return [...former, { kind, value: value.join("=") }];
}
