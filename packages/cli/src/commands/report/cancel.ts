import { etmReportDelete, etmReportGet } from "@breakwater/client";
import type { Command } from "commander";
import { CommandFailure } from "../../failure.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

export function addReportCancelCommand(parent: Command): void {
  const command = parent
    .command("cancel")
    .summary("cancel a report that is being made")
    .argument("<id>", "id of the report")
    .action(cancel);
  addServerOptions(command);
}

async function cancel(id: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const { status } = await (await session.call(etmReportGet, { params: { id } })).json();
  // The same call deletes a report that has ended, which is not what was asked for.
  if (status !== "REQUESTED" && status !== "IN_PROGRESS") {
    throw new CommandFailure(`the report is ${status}: there is nothing to cancel`);
  }
  await session.call(etmReportDelete, { params: { id } });
  if (flags.output === "json") printJson({ id, status: "CANCELLED" });
  else print("Cancelled.");
}
