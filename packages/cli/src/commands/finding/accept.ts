import { etmFindingAccept } from "@breakwater/client";
import { type Command, InvalidArgumentError } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

type Flags = ServerFlags & { reason: string; until?: number };

export function addFindingAcceptCommand(parent: Command): void {
  const command = parent
    .command("accept")
    .summary("accept the risk of a finding")
    .description(
      "The finding keeps its status and does not count in scores until the date, or until the acceptance is revoked. A former acceptance is replaced.",
    )
    .argument("<id>", "id of the finding")
    .requiredOption("--reason <text>", "why the risk is accepted")
    .option("--until <time>", "when that ends, e.g. 2026-12-31 or 2026-12-31T18:00:00Z", toMillis)
    .action(accept);
  addServerOptions(command);
}

async function accept(findingId: string, { reason, until, ...flags }: Flags): Promise<void> {
  const session = await openSession(flags);
  const body = { reason, ...onlyGiven({ endDate: until }) };
  const acceptance = await (await session.call(etmFindingAccept, { params: { findingId }, body })).json();
  if (flags.output === "json") printJson(acceptance);
  else if (acceptance.endDate === null) print("Accepted until it is revoked.");
  else print(`Accepted until ${new Date(acceptance.endDate).toISOString()}.`);
}

/** Without an offset a time is UTC, as a day is. */
function toMillis(text: string): number {
  const [, day, time = "T00:00:00", offset = "Z"] = TIME.exec(text) ?? [];
  const millis = Date.parse(`${day}${time}${offset}`);
  // The 31st of a month that has none is taken for the 1st of the next.
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  if (!isDay || Number.isNaN(millis)) throw new InvalidArgumentError("write it as 2026-12-31 or 2026-12-31T18:00:00Z.");
  return millis;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2})?)?(Z|[+-]\d{2}:\d{2})?$/;
