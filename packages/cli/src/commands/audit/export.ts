import { adminAuditExport } from "@breakwater/client";
import { type Command, Option } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { bodyOf, saveBytes } from "../../report-files.ts";
import { openSession } from "../../session.ts";
import { note } from "../../terminal.ts";
import { addFilterOptions, type FilterFlags, toFilter } from "./filter.ts";

type Flags = ServerFlags & FilterFlags & { format: "jsonl" | "csv"; out: string };
type Exported = { file: string; head: string };

export function addAuditExportCommand(parent: Command): void {
  const command = parent
    .command("export")
    .summary("write events to a file, oldest first")
    .description(
      "Writes the audit log, or a part of it, oldest first, with the hashes that chain the events. The head that is printed, kept elsewhere, lets `audit verify` see later whether the end of the log was cut off.",
    )
    .addOption(new Option("--format <format>", "format of the events").choices(["jsonl", "csv"]).default("jsonl"))
    .option("--out <file>", "where to; - is stdout", "-")
    .action(exportEvents);
  addServerOptions(addFilterOptions(command));
}

async function exportEvents(flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const answer = await session.call(adminAuditExport, { query: { ...toFilter(flags), format: flags.format } });
  const head = answer.headers.get("x-audit-head") ?? "";
  await saveBytes(bodyOf(answer), flags.out);
  // stdout is the log itself then.
  if (flags.out === "-") note(`head of the log: ${head}`);
  else printRow({ file: flags.out, head }, COLUMNS, flags);
}

const COLUMNS = [
  ["File", (row: Exported) => row.file],
  ["Head of the log", (row: Exported) => row.head],
] as const;
