import { etmReportScheduleCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { addRhythmOptions, type RhythmFlags, toRhythmBody } from "../../rhythm.ts";
import { openSession } from "../../session.ts";
import { SCHEDULES } from "./noun.ts";
import { addReportOptions, type ReportFlags, toReportBody } from "./options.ts";

type Flags = ServerFlags & ReportFlags & RhythmFlags & { disabled?: true };

export function addScheduleCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a schedule")
    .description(
      "Has a findings report made again and again, with your permissions and your scope at the time of each run.",
    )
    .argument("<name>", "name of the schedule and its reports")
    .option("--disabled", "for later: it does not run yet")
    .action(createSchedule);
  addServerOptions(addRhythmOptions(addReportOptions(command), "otherwise every day"));
}

async function createSchedule(name: string, flags: Flags): Promise<void> {
  const { reportFormat = "JSON", ...report } = toReportBody(flags);
  const { every = { every: "DAY" as const }, timeZone } = flags;
  // Where the rhythm has a time of day, midnight.
  const at = flags.at ?? (every.every === "MINUTES" ? undefined : "00:00");
  const rhythm = toRhythmBody({ every, ...onlyGiven({ at, timeZone }) });
  const session = await openSession(flags);
  const isEnabled = flags.disabled && false;
  const body = { ...onlyGiven({ ...report, isEnabled }), name, reportFormat, rhythm: rhythm! };
  printRow(await (await session.call(etmReportScheduleCreate, { body })).json(), SCHEDULES.columns, flags);
}
