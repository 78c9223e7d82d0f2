import type { BodyOf, etmRiskRuleCreate } from "@breakwater/client";
import { type Command, InvalidArgumentError } from "commander";
import { CommandFailure } from "../../failure.ts";

export type EffectFlags = { factor?: number; points?: number; internetFacing?: true };
type Effect = BodyOf<typeof etmRiskRuleCreate>["effect"];

/** The three ways to say what a rule does. */
export function addEffectOptions(command: Command): Command {
  return command
    .option("--factor <number>", "multiplies the detection score, e.g. 0.5", toNumber)
    .option("--points <number>", "adds to the detection score, e.g. 15 or -20", toNumber)
    .option("--internet-facing", "counts matching assets as internet-facing");
}

/** @throws CommandFailure when several are given */
export function readEffect({ factor, points, internetFacing }: EffectFlags): Effect | undefined {
  const given: Effect[] = [];
  if (factor !== undefined) given.push({ kind: "FACTOR", value: factor });
  if (points !== undefined) given.push({ kind: "POINTS", value: points });
  if (internetFacing) given.push({ kind: "INTERNET_FACING" });
  if (given.length > 1) throw new CommandFailure("give one of --factor, --points and --internet-facing");
  return given[0];
}

/** @throws CommandFailure when none is given */
export function needEffect(flags: EffectFlags): Effect {
  const effect = readEffect(flags);
  if (!effect) throw new CommandFailure("say what the rule does: --factor, --points or --internet-facing");
  return effect;
}

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It is a number.");
  return value;
}
