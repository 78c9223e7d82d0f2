import { etmReportDelete, etmReportGet } from "@breakwater/client";
import type { Command } from "commander";
import { addYesOption, assertConfirmable, type ConfirmFlags, confirm } from "../../confirm.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

export function addReportDeleteCommand(parent: Command): void {
  const command = parent
    .command("delete")
    .summary("delete a report and its files")
    .description(
      "Deletes a report and its files; one that is being made is cancelled instead. Asks first, on a terminal.",
    )
    .argument("<id>", "id of the report")
    .action(deleteReport);
  addServerOptions(addYesOption(command));
}

async function deleteReport(id: string, flags: ServerFlags & ConfirmFlags): Promise<void> {
  assertConfirmable(flags);
  const session = await openSession(flags);
  const report = await (await session.call(etmReportGet, { params: { id } })).json();
  await confirm(`Delete the report ${JSON.stringify(report.name || id)} and its files?`, flags);
  await session.call(etmReportDelete, { params: { id } });
  if (flags.output === "json") printJson(report);
  else print("Deleted.");
}
