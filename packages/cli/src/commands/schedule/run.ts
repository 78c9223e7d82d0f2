import { etmReportScheduleRun } from "@breakwater/client";
import type { Command } from "commander";
import { CommandFailure } from "../../failure.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { SCHEDULES } from "./noun.ts";

export function addScheduleRunCommand(parent: Command): void {
  const command = parent
    .command("run")
    .summary("run a schedule now")
    .description(
      "Has its report made now, besides its rhythm and for whoever created it. Does not wait for the report.",
    )
    .argument("<name>", "name or id of the schedule")
    .action(runSchedule);
  addServerOptions(command);
}

async function runSchedule(wanted: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const { id } = await findNamed(session, SCHEDULES, wanted);
  const answer = await session.call(etmReportScheduleRun, { params: { scheduleId: id } });
  const schedule = await answer.json();
  if (schedule.lastFault !== null) throw new CommandFailure(`no report was made: ${schedule.lastFault}`);
  printRow(schedule, SCHEDULES.columns, flags);
}
