import { adminVersionSet } from "@breakwater/client";
import type { Command } from "commander";
import { orCleared, someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { VERSIONS } from "./noun.ts";

type Flags = ServerFlags & {
  deprecated?: string | false;
  eos?: string | false;
  eol?: string | false;
  successor?: string | false;
};

export function addVersionSetCommand(parent: Command): void {
  const command = parent
    .command("set")
    .summary("change the dates of a version")
    .description(
      "Changes the dates of a version of an operation for the whole installation, within a second. A date is 2026-01-01, its first instant in UTC, or an RFC 3339 time. For the operator.",
    )
    .argument("<api>", 'version as listed, e.g. "GET /ot/v1/host/list"')
    .option("--deprecated <date>", "announced from then on")
    .option("--no-deprecated", "no such date")
    .option("--eos <date>", "end of service: still works from then on, with headers that warn")
    .option("--no-eos", "no such date")
    .option("--eol <date>", "end of life: answers 410 from then on")
    .option("--no-eol", "no such date")
    .option("--successor <path>", "what replaces it, e.g. /ot/1.0/host/list")
    .option("--no-successor", "nothing does")
    .action(setVersion);
  addServerOptions(command);
}

async function setVersion(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    deprecatedAt: orCleared(flags.deprecated),
    eosAt: orCleared(flags.eos),
    eolAt: orCleared(flags.eol),
    successor: orCleared(flags.successor),
  });
  const session = await openSession(flags);
  const { api } = await findNamed(session, VERSIONS, name);
  const answer = await session.call(adminVersionSet, { body: { api, ...change } });
  printRow(await answer.json(), VERSIONS.columns, flags);
}
