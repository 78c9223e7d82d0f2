import { ingestConnectionCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { readMappingFile } from "./mapping-file.ts";
import { CONNECTIONS } from "./noun.ts";

type Flags = ServerFlags & { network?: string; partial?: true; retainMissing?: true; csvMapping?: string };

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
    .action(createConnection);
  addServerOptions(command);
}

async function createConnection(name: string, flags: Flags): Promise<void> {
  const { network, partial, retainMissing, csvMapping } = flags;
  const mapping = csvMapping === undefined ? undefined : await readMappingFile(csvMapping);
  const session = await openSession(flags);
  const body = onlyGiven({ name, network, isComplete: partial && false, retainMissing, csvMapping: mapping });
  printRow(await (await session.call(ingestConnectionCreate, { body })).json(), CONNECTIONS.columns, flags);
}
