import { adminLimitSet, SERVICE_LEVEL_NAMES } from "@breakwater/client";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../failure.ts";
import { onlyGiven, someGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { openSession } from "../../session.ts";
import type { ServiceLevel } from "../subscription/noun.ts";
import { findSubscription, hasOwnNumbers, pickApi, printLimits, readLimits } from "./noun.ts";

type Rate = { calls: number; windowSec: number };
type Flags = ServerFlags & {
  level?: ServiceLevel;
  rate?: Rate;
  concurrency?: number;
  api?: string;
  subscription?: string;
};

export function addLimitSetCommand(parent: Command): void {
  const command = parent
    .command("set")
    .summary("set limits")
    .description(
      "Gives a subscription a service level, or numbers of its own for all APIs or for one. Acts on the next call; calls made before count. For the operator.",
    )
    .addOption(new Option("--level <level>", "service level").choices(SERVICE_LEVEL_NAMES))
    .option("--rate <calls/seconds>", "calls in any so many seconds, e.g. 5/10", toRate)
    .option("--concurrency <count>", "calls at once", toWholeNumber(1, 1_000_000))
    .option("--api <api>", 'only for this one, e.g. "GET /ot/1.0/host/list"')
    .option("--subscription <name>", "name or id of another subscription")
    .action(setLimits);
  addServerOptions(command);
}

async function setLimits(flags: Flags): Promise<void> {
  const { level, rate, concurrency } = flags;
  const change = someGiven({ level, rate, concurrency });
  if (level !== undefined && flags.api !== undefined) {
    throw new UsageError("a level is the subscription's: give --api with --rate and --concurrency only");
  }
  const session = await openSession(flags);
  const which = await findSubscription(session, flags.subscription);
  const api = flags.api === undefined ? undefined : pickApi(await readLimits(session, which), flags.api);
  const answer = await session.call(adminLimitSet, { body: { ...change, ...which, ...onlyGiven({ api }) } });
  printLimits(await answer.json(), hasOwnNumbers, flags);
}

function toRate(text: string): Rate {
  const [, calls, windowSec] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (calls === undefined) throw new InvalidArgumentError("It is a number of calls and a number of seconds: 5/10.");
  return { calls: Number(calls), windowSec: Number(windowSec) };
}
