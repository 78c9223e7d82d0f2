import { ACCEPTANCE_REASONS, etmFindingAccept } from "@breakwater/client";
import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";
import { toMoment } from "../../moment.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

type Flags = ServerFlags & { reason: string; reasonType?: (typeof ACCEPTANCE_REASONS)[number]; until?: number };

export function addFindingAcceptCommand(parent: Command): void {
  const command = parent
    .command("accept")
    .summary("accept the risk of a finding")
    .description(
      "The finding keeps its status and does not count in scores until the date, or until the acceptance is revoked. A former acceptance is replaced.",
    )
    .argument("<id>", "id of the finding")
    .requiredOption("--reason <text>", "why the risk is accepted")
    .addOption(
      new Option("--reason-type <type>", "what kind of reason; otherwise Accepted risk").choices(ACCEPTANCE_REASONS),
    )
    .option("--until <time>", "when that ends, e.g. 2026-12-31 or 2026-12-31T18:00:00Z", toMoment)
    .action(accept);
  addServerOptions(command);
}

async function accept(findingId: string, { reason, reasonType, until, ...flags }: Flags): Promise<void> {
  const session = await openSession(flags);
  const body = { reason, ...onlyGiven({ reasonType, endDate: until }) };
  const acceptance = await (await session.call(etmFindingAccept, { params: { findingId }, body })).json();
  if (flags.output === "json") printJson(acceptance);
  else if (acceptance.endDate === null) print("Accepted until it is revoked.");
  else print(`Accepted until ${new Date(acceptance.endDate).toISOString()}.`);
}
