import type { Command } from "commander";
import { addPagedListCommand } from "../../paged-list.ts";
import { addReportCancelCommand } from "./cancel.ts";
import { REPORTS } from "./list.ts";
import { addReportRunCommand } from "./run.ts";

/** `breakwater report …`. */
export function addReportCommands(program: Command): void {
  const report = program.command("report").summary("work with findings reports");
  addReportRunCommand(report);
  addPagedListCommand(report, REPORTS);
  addReportCancelCommand(report);
}
