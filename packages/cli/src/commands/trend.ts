import { etmTrendGet, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../given.ts";
import { addServerOptions, type ServerFlags } from "../noun-commands.ts";
import { type Columns, printRows } from "../output.ts";
import { openSession } from "../session.ts";

type Flags = ServerFlags & { from?: string; to?: string; tag?: string };
type Day = ResultOf<typeof etmTrendGet>[number];
type Snapshot = NonNullable<Day["snapshot"]>;

export function addTrendCommand(program: Command): void {
  const command = program
    .command("trend")
    .summary("show counts and scores day by day")
    .description("Shows one snapshot a day (UTC), of everything or of a tag with those below it.")
    .option("--from <day>", "such as 2026-08-01; otherwise 29 days before the last")
    .option("--to <day>", "otherwise today")
    .option("--tag <name>", "only assets with this tag or one below it")
    .action(showTrend);
  addServerOptions(command);
}

async function showTrend(flags: Flags): Promise<void> {
  const { from, to, tag } = flags;
  const session = await openSession(flags);
  const answer = await session.call(etmTrendGet, { query: onlyGiven({ from, to, tag }) });
  printRows(await answer.json(), COLUMNS, flags);
}

/** What stands in a column; nothing on a day on which nobody looked. */
function of(value: (snapshot: Snapshot) => number | null) {
  return ({ snapshot }: Day) => snapshot && value(snapshot);
}

const DAY_SEC = 86_400;
const COLUMNS: Columns<Day> = [
  ["Day", ({ day }) => day],
  ["TruRisk", of(({ averageTruRisk }) => averageTruRisk)],
  ["Assets", of(({ assets }) => assets)],
  ["Critical", of(({ openByBand }) => openByBand.CRITICAL)],
  ["High", of(({ openByBand }) => openByBand.HIGH)],
  ["Medium", of(({ openByBand }) => openByBand.MEDIUM)],
  ["Low", of(({ openByBand }) => openByBand.LOW)],
  ["Found", of(({ found }) => found)],
  ["Fixed", of(({ fixed }) => fixed)],
  ["Days to fix", of(({ meanTimeToRemediateSec: sec }) => sec && Math.round((10 * sec) / DAY_SEC) / 10)],
];
