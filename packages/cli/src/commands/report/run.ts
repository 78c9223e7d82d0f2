import { type Command, Option } from "commander";
import { addOutputOption, type OutputFlags, printRow } from "../../output.ts";
import { WAITING_PATIENCE } from "../../polling.ts";
import { createProgressLine } from "../../progress.ts";
import { type ReportFileFormat, saveReport } from "../../report-files.ts";
import { type Report, submitReport, waitForReport } from "../../reports.ts";
import { addConnectionOptions, type ConnectionFlags, openSession } from "../../session.ts";
import { note } from "../../terminal.ts";

type Flags = ConnectionFlags &
  OutputFlags & { findings?: string; assets?: string; format: ReportFileFormat; name?: string; out?: string };

type SavedReport = Report & { file: string };

export function addReportRunCommand(parent: Command): void {
  const command = parent
    .command("run")
    .summary("make a findings report and download it")
    .description(
      "Submits a findings report, waits for it and downloads it. A file whose name ends in .zip gets the report as the server packs it, any other the records themselves, in one piece; - writes them to stdout.",
    )
    .option("--findings <qql>", "only findings that match, e.g. finding.severity>=4")
    .option("--assets <qql>", "only findings on assets that match")
    .addOption(
      new Option("--format <format>", "format of the records")
        .choices(["json", "csv", "jsonl", "parquet", "sarif", "cyclonedx", "openvex"])
        .default("json"),
    )
    .option("--name <name>", "name of the report")
    .option("--out <file>", "where to; otherwise breakwater-report-<id>.zip in the current directory")
    .action(runReport);
  addConnectionOptions(addOutputOption(command));
}

async function runReport(flags: Flags): Promise<void> {
  const session = await openSession(flags, { waitForLimits: WAITING_PATIENCE });
  const progress = createProgressLine();
  try {
    const { id } = await submitReport(session, {
      reportFormat: flags.format.toUpperCase(),
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.findings === undefined ? {} : { findingsQql: flags.findings }),
      ...(flags.assets === undefined ? {} : { assetQql: flags.assets }),
    });
    const report = await waitForReport(session, id, (state) => progress.show("report", state.progress));
    progress.show("downloading");
    const file = flags.out ?? `breakwater-report-${id}.zip`;
    await saveReport(session, report, flags.format, file);
    progress.clear();
    // stdout is the report itself then.
    if (file === "-") note(`${report.recordCount} records`);
    else printRow({ ...report, file }, COLUMNS, flags);
  } finally {
    progress.clear();
  }
}

const COLUMNS = [
  ["Report", (row: SavedReport) => row.name || row.id],
  ["Records", (row: SavedReport) => row.recordCount],
  ["Format", (row: SavedReport) => row.reportFormat],
  ["File", (row: SavedReport) => row.file],
] as const;
