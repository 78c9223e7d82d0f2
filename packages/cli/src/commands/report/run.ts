import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { WAITING_PATIENCE } from "../../polling.ts";
import { createProgressLine } from "../../progress.ts";
import { type Report, submitReport, waitForReport } from "../../reports.ts";
import { openSession, type Session } from "../../session.ts";
import { addOutOption, type OutFlags, saveAndTell } from "./save.ts";

type Flags = ServerFlags & OutFlags & { findings?: string; assets?: string; format: string; name?: string };

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
    .action(runReport);
  addServerOptions(addOutOption(command));
}

async function runReport(flags: Flags): Promise<void> {
  const session = await openSession(flags, { waitForLimits: WAITING_PATIENCE });
  await saveAndTell(session, await makeReport(session, flags), flags);
}

/** @returns the report, complete */
async function makeReport(session: Session, { format, name, findings, assets }: Flags): Promise<Report> {
  const progress = createProgressLine();
  try {
    const wanted = onlyGiven({ name, findingsQql: findings, assetQql: assets });
    const { id } = await submitReport(session, { reportFormat: format.toUpperCase(), ...wanted });
    return await waitForReport(session, id, (state) => progress.show("report", state.progress));
  } finally {
    progress.clear();
  }
}
