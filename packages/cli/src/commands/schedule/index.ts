import { etmReportScheduleDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addScheduleCreateCommand } from "./create.ts";
import { SCHEDULES } from "./noun.ts";
import { addScheduleRunCommand } from "./run.ts";
import { addScheduleUpdateCommand } from "./update.ts";

/** `breakwater schedule …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addScheduleCommands(program: Command): void {
  const schedule = program.command("schedule").summary("manage reports that are made again and again");
  addScheduleCreateCommand(schedule);
  addListCommand(schedule, SCHEDULES);
  addShowCommand(schedule, SCHEDULES);
  addScheduleUpdateCommand(schedule);
  addScheduleRunCommand(schedule);
  addDeleteCommand(schedule, SCHEDULES, {
    consequence: "The reports that it made stay.",
    act: (session, { id }) => session.call(etmReportScheduleDelete, { params: { scheduleId: id } }),
  });
}
