import type { Command } from "commander";
import { type OutputFlags, printRow } from "../../output.ts";
import { createProgressLine } from "../../progress.ts";
import { type ReportFileFormat, saveReport } from "../../report-files.ts";
import type { Report } from "../../reports.ts";
import type { Session } from "../../session.ts";
import { note } from "../../terminal.ts";

export type OutFlags = { out?: string };

type SavedReport = Report & { file: string };

/** Adds `--out`. */
export function addOutOption(command: Command): Command {
  return command.option("--out <file>", "where to; otherwise breakwater-report-<id>.zip in the current directory");
}

/** Downloads a complete report to where the flags say, and tells so. */
export async function saveAndTell(session: Session, report: Report, flags: OutFlags & OutputFlags): Promise<void> {
  const file = flags.out ?? `breakwater-report-${report.id}.zip`;
  const progress = createProgressLine();
  try {
    progress.show("downloading");
    await saveReport(session, report, report.reportFormat.toLowerCase() as ReportFileFormat, file);
  } finally {
    progress.clear();
  }
  // stdout is the report itself then.
  if (file === "-") note(`${report.recordCount} records`);
  else printRow({ ...report, file }, COLUMNS, flags);
}

const COLUMNS = [
  ["Report", (row: SavedReport) => row.name || row.id],
  ["Records", (row: SavedReport) => row.recordCount],
  ["Format", (row: SavedReport) => row.reportFormat],
  ["File", (row: SavedReport) => row.file],
] as const;
