import { ingestConnectionCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { readMappingFile } from "./mapping-file.ts";
import { CONNECTIONS } from "./noun.ts";

type Flags = ServerFlags & {
  network?: string;
  partial?: true;
  retainMissing?: true;
  csvMapping?: string;
  trustRank?: number;
  defaultCriticality?: number;
};

export function addConnectionCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a connection")
    .description("Creates a named source with settings, for imports with --connection.")
    .argument("<name>", "name of the connection")
    .option("--network <name>", "where addresses and names are unique; otherwise `default`")
    .option("--partial", "a run tells only what it saw: its silence closes nothing")
    .option("--retain-missing", "what a complete run no longer shows stays open")
    .option("--csv-mapping <file>", "JSON that says how tables of this source are read")
    .option(
      "--trust-rank <1-100>",
      "whose word stands where several tell of one thing: the lowest",
      toWholeNumber(1, 100),
    )
    .option("--default-criticality <1-5>", "of assets first seen by it, without tags' criticality", toWholeNumber(1, 5))
    .action(createConnection);
  addServerOptions(command);
}

async function createConnection(name: string, flags: Flags): Promise<void> {
  const { network, partial, retainMissing, csvMapping, trustRank, defaultCriticality } = flags;
  const mapping = csvMapping === undefined ? undefined : await readMappingFile(csvMapping);
  const session = await openSession(flags);
  const runs = { isComplete: partial && false, retainMissing, csvMapping: mapping };
  const body = onlyGiven({ name, network, ...runs, trustRank, defaultCriticality });
  printRow(await (await session.call(ingestConnectionCreate, { body })).json(), CONNECTIONS.columns, flags);
}
