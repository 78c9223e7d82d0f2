import { etmFindingStats, FINDING_GROUPS, type ResultOf } from "@breakwater/client";
import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { type Columns, printRows } from "../../output.ts";
import { openSession } from "../../session.ts";
import { note } from "../../terminal.ts";

type Group = ResultOf<typeof etmFindingStats>[number];
type Flags = ServerFlags & {
  by: (typeof FINDING_GROUPS)[number];
  filter?: string;
  assets?: string;
  limit: number;
};

const COLUMNS: Columns<Group> = [
  ["Value", (group) => group.value],
  ["Findings", (group) => group.findings],
  ["Assets", (group) => group.assets],
];

export function addFindingStatsCommand(parent: Command): void {
  const command = parent
    .command("stats")
    .summary("count findings by a member")
    .description("Counts findings by one of their members, the largest groups first.")
    .addOption(new Option("--by <member>", "what they are counted by").choices(FINDING_GROUPS).makeOptionMandatory())
    .option("--filter <qql>", "only findings that match, e.g. finding.severity>=4")
    .option("--assets <qql>", "only findings on assets that match")
    .option("--limit <count>", "how many groups, at most 1000", toWholeNumber(1, 1000), 50)
    .action(countFindings);
  addServerOptions(command);
}

async function countFindings({ by: groupBy, filter, assets: assetFilter, limit, ...flags }: Flags): Promise<void> {
  const session = await openSession(flags);
  const query = { groupBy, limit, ...onlyGiven({ filter, assetFilter }) };
  const answer = await session.call(etmFindingStats, { query });
  const groups = await answer.json();
  printRows(groups, COLUMNS, flags);
  if ((answer.count ?? 0) > groups.length) note(`${groups.length} of ${answer.count} groups`);
}
