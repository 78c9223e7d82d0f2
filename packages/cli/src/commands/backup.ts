import { createWriteStream, existsSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import type { Flags } from "@breakwater/server";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { CommandFailure } from "../failure.ts";
import { withDatabase } from "../installation.ts";
import { addOutputOption, type OutputFlags, printRow } from "../output.ts";
import { addDataOptions } from "../server-options.ts";

export function addBackupCommand(parent: Command): void {
  const command = parent
    .command("backup")
    .summary("write the database to a file")
    .description(
      "Writes a consistent copy of the database to a file that only this account can read: it holds password hashes and signing keys. With an own database in the data directory the server must be stopped; with --database-url it may run. Files of finished reports and uploads that wait are not in it.",
    )
    .argument("<file>", "file to write; it must not exist")
    .action(backUp);
  addOutputOption(addDataOptions(command));
}

async function backUp(file: string, flags: Flags & OutputFlags): Promise<void> {
  if (existsSync(file)) throw new CommandFailure(`${file} exists: choose another name`);
  const { toConfig } = await import("@breakwater/server/config/config");
  const { backupDatabase } = await import("@breakwater/server/db/index");
  const config = toConfig(readEnvironment(), { ...flags, logLevel: "warn" });
  // A backup that was cut off must not look like one.
  const partial = `${file}.partial`;
  try {
    const summary = await withDatabase(config, { mayBeNew: false }, (db) =>
      backupDatabase(db, createWriteStream(partial, { mode: 0o600 })),
    );
    await rename(partial, file);
    const { size } = await stat(file);
    printRow({ file, bytes: size, ...summary }, BACKUP_COLUMNS, flags);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

type BackupRow = { file: string; bytes: number; tables: number; rows: number };

const BACKUP_COLUMNS = [
  ["File", (row: BackupRow) => row.file],
  ["Tables", (row: BackupRow) => row.tables],
  ["Rows", (row: BackupRow) => row.rows],
  ["Bytes", (row: BackupRow) => row.bytes],
] as const;
