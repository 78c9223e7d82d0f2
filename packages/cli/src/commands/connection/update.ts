import { ingestConnectionUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { orCleared, someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { readMappingFile } from "./mapping-file.ts";
import { CONNECTIONS } from "./noun.ts";

type Flags = ServerFlags & {
  name?: string;
  network?: string;
  partial?: boolean;
  retainMissing?: boolean;
  csvMapping?: string | false;
  trustRank?: number;
  defaultCriticality?: number | false;
};

export function addConnectionUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a connection")
    .description("Changes what is given and leaves the rest; imports that begin from now on go by it.")
    .argument("<name>", "name or id of the connection")
    .option("--name <name>", "new name")
    .option("--network <name>", "where addresses and names are unique; only before the first import")
    .option("--partial", "a run tells only what it saw: its silence closes nothing")
    .option("--no-partial", "runs are complete")
    .option("--retain-missing", "what a complete run no longer shows stays open")
    .option("--no-retain-missing", "what a complete run no longer shows is fixed")
    .option("--csv-mapping <file>", "JSON that says how tables of this source are read")
    .option("--no-csv-mapping", "tables are read by the usual names of columns")
    .option(
      "--trust-rank <1-100>",
      "whose word stands where several tell of one thing: the lowest",
      toWholeNumber(1, 100),
    )
    .option("--default-criticality <1-5>", "of assets first seen by it, without tags' criticality", toWholeNumber(1, 5))
    .option("--no-default-criticality", "they have 2")
    .action(updateConnection);
  addServerOptions(command);
}

async function updateConnection(wanted: string, flags: Flags): Promise<void> {
  const { name, network, partial, retainMissing, csvMapping, trustRank } = flags;
  const mapping = typeof csvMapping === "string" ? await readMappingFile(csvMapping) : csvMapping;
  const change = someGiven({
    name,
    network,
    isComplete: partial === undefined ? undefined : !partial,
    retainMissing,
    csvMapping: mapping === false ? null : mapping,
    trustRank,
    defaultCriticality: orCleared(flags.defaultCriticality),
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, CONNECTIONS, wanted);
  const answer = await session.call(ingestConnectionUpdate, { params: { connectionId: id }, body: change });
  printRow(await answer.json(), CONNECTIONS.columns, flags);
}
