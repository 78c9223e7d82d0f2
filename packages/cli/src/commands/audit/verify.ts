import { adminAuditVerify, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { CommandFailure } from "../../failure.ts";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { type Columns, printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addLogOptions, type LogFlags } from "./filter.ts";

type Found = ResultOf<typeof adminAuditVerify>;
type Flags = ServerFlags & LogFlags & { headId?: number; headHash?: string };

const COLUMNS: Columns<Found> = [
  ["Chain", (found) => (found.ok ? "whole" : "BROKEN")],
  ["Events", (found) => found.events],
  ["Last event", (found) => found.head.id],
  ["Its hash", (found) => found.head.hash],
];

export function addAuditVerifyCommand(parent: Command): void {
  const command = parent
    .command("verify")
    .summary("check that the log is as it was written")
    .description(
      "Walks the chain of hashes through the whole log: exit code 0 when it is whole, 1 when an event is missing or was changed. With a head noted earlier it also finds out whether the end was cut off.",
    )
    .option("--head-id <event>", "number of an event noted earlier", toWholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option("--head-hash <hash>", "its hash")
    .action(verify);
  addServerOptions(addLogOptions(command));
}

async function verify(flags: Flags): Promise<void> {
  const { unattributed, subscriptionId, headId, headHash } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminAuditVerify, {
    query: onlyGiven({ unattributed, subscriptionId, headId, headHash }),
  });
  const found = await answer.json();
  printRow(found, COLUMNS, flags);
  if (!found.ok)
    throw new CommandFailure(`event ${found.break?.id ?? "?"}: ${found.break?.message ?? "the chain is broken"}`);
}
