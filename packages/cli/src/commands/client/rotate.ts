import { adminClientRotate, MAX_OVERLAP_SEC } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printOnce } from "../../output.ts";
import { openSession } from "../../session.ts";
import { CLIENTS, SECRET_COLUMNS } from "./noun.ts";

type Flags = ServerFlags & { overlap?: number };

export function addClientRotateCommand(parent: Command): void {
  const command = parent
    .command("rotate")
    .summary("give an API client a new secret")
    .description("Gives an API client a new secret, shown this once. Tokens that it has stay valid.")
    .argument("<name>", "name or id of the client")
    .option(
      "--overlap <seconds>",
      "how long the former secret goes on beside it; not at all unless given",
      toWholeNumber(0, MAX_OVERLAP_SEC),
    )
    .action(rotate);
  addServerOptions(command);
}

async function rotate(name: string, flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const { clientId } = await findNamed(session, CLIENTS, name);
  const answer = await session.call(adminClientRotate, {
    params: { clientId },
    body: onlyGiven({ overlapSec: flags.overlap }),
  });
  printOnce(await answer.json(), SECRET_COLUMNS, flags);
}
