import { etmReportGet } from "@breakwater/client";
import type { Command } from "commander";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand } from "../../paged-list.ts";
import { addReportCancelCommand } from "./cancel.ts";
import { addReportDeleteCommand } from "./delete.ts";
import { addReportDownloadCommand } from "./download.ts";
import { REPORTS } from "./list.ts";
import { addReportRunCommand } from "./run.ts";

/** `breakwater report …`. */
export function addReportCommands(program: Command): void {
  const report = program.command("report").summary("work with findings reports");
  addReportRunCommand(report);
  addPagedListCommand(report, REPORTS);
  addShowByIdCommand(report, {
    summary: "show a report and its state",
    one: "report",
    read: async (session, id) => (await session.call(etmReportGet, { params: { id } })).json(),
  });
  addReportDownloadCommand(report);
  addReportCancelCommand(report);
  addReportDeleteCommand(report);
}
