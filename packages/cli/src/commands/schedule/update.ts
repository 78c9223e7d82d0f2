import { etmReportScheduleUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { addRhythmOptions, type RhythmFlags, toRhythmBody } from "../../rhythm.ts";
import { openSession } from "../../session.ts";
import { SCHEDULES } from "./noun.ts";
import { addReportOptions, type ReportFlags, toReportBody } from "./options.ts";

type Flags = ServerFlags & ReportFlags & RhythmFlags & { name?: string; enable?: boolean };

export function addScheduleUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a schedule")
    .description("Changes what is given and leaves the rest; whoever created it stays the one for whom it runs.")
    .argument("<name>", "name or id of the schedule")
    .option("--name <name>", "new name")
    .option("--enable", "run it")
    .option("--no-enable", "do not run it")
    .action(updateSchedule);
  addServerOptions(addRhythmOptions(addReportOptions(command), "otherwise as it is"));
}

async function updateSchedule(wanted: string, flags: Flags): Promise<void> {
  const { name, enable: isEnabled } = flags;
  const body = someGiven({ name, isEnabled, ...toReportBody(flags), rhythm: toRhythmBody(flags) });
  const session = await openSession(flags);
  const { id } = await findNamed(session, SCHEDULES, wanted);
  const answer = await session.call(etmReportScheduleUpdate, { params: { scheduleId: id }, body });
  printRow(await answer.json(), SCHEDULES.columns, flags);
}
