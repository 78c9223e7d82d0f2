import { createReadStream } from "node:fs";
import type { Flags } from "@breakwater/server";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { checkFiles } from "../imports.ts";
import { withDatabase } from "../installation.ts";
import { addOutputOption, type OutputFlags, printRow } from "../output.ts";
import { addDataOptions } from "../server-options.ts";

export function addRestoreCommand(parent: Command): void {
  const command = parent
    .command("restore")
    .summary("load a backup into a new installation")
    .description(
      "Loads a backup into an empty database: a data directory that does not exist yet, or a new database named by --database-url. All or nothing: a backup that is cut or altered leaves nothing behind.",
    )
    .argument("<file>", "file written by backup")
    .action(restore);
  addOutputOption(addDataOptions(command));
}

async function restore(file: string, flags: Flags & OutputFlags): Promise<void> {
  await checkFiles([file]);
  const { toConfig } = await import("@breakwater/server/config/config");
  const { restoreDatabase } = await import("@breakwater/server/db/index");
  const config = toConfig(readEnvironment(), { ...flags, logLevel: "warn" });
  const summary = await withDatabase(config, { mayBeNew: true }, (db) => restoreDatabase(db, createReadStream(file)));
  printRow({ target: config.databaseUrl ? "database" : config.dataDir, ...summary }, RESTORE_COLUMNS, flags);
}

type RestoreRow = { target: string; tables: number; rows: number };

const RESTORE_COLUMNS = [
  ["Restored into", (row: RestoreRow) => row.target],
  ["Tables", (row: RestoreRow) => row.tables],
  ["Rows", (row: RestoreRow) => row.rows],
] as const;
