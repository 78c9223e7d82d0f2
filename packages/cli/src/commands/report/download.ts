import { etmReportGet } from "@breakwater/client";
import type { Command } from "commander";
import { CommandFailure } from "../../failure.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { WAITING_PATIENCE } from "../../polling.ts";
import type { Report } from "../../reports.ts";
import { openSession } from "../../session.ts";
import { addOutOption, type OutFlags, saveAndTell } from "./save.ts";

type Flags = ServerFlags & OutFlags;

export function addReportDownloadCommand(parent: Command): void {
  const command = parent
    .command("download")
    .summary("download a report that is complete")
    .description("Downloads a report that was made, also by a schedule; --out is as of `report run`.")
    .argument("<id>", "id of the report")
    .action(download);
  addServerOptions(addOutOption(command));
}

async function download(id: string, flags: Flags): Promise<void> {
  const session = await openSession(flags, { waitForLimits: WAITING_PATIENCE });
  const report = await (await session.call(etmReportGet, { params: { id } })).json<Report>();
  if (report.status !== "COMPLETED") {
    const reason = report.message ? `: ${report.message}` : "";
    throw new CommandFailure(`the report is ${report.status}${reason}`);
  }
  await saveAndTell(session, report, flags);
}
