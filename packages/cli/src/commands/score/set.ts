import { etmScoreSettingsUpdate } from "@breakwater/client";
import { type Command, InvalidArgumentError } from "commander";
import { orCleared, someGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printDetails } from "../../output.ts";
import { openSession } from "../../session.ts";

type Numbers = Record<string, number>;
type Flags = ServerFlags & { weights?: Numbers | false; bands?: Numbers | false };

export function addScoreSetCommand(parent: Command): void {
  const command = parent
    .command("set")
    .summary("change weights and classes")
    .description("Changes what is given and leaves the rest; all assets are scored anew in the background.")
    .option("--weights <band=number...>", "what findings weigh, e.g. critical=1.0 low=0.1", toNumbers(WEIGHTS))
    .option("--no-weights", "sets all weights back")
    .option("--bands <class=score...>", "lowest scores of classes, e.g. critical=900", toNumbers(CLASSES))
    .option("--no-bands", "sets all classes back")
    .action(setScores);
  addServerOptions(command);
}

const WEIGHTS = ["critical", "high", "medium", "low"];
/** Below them all an asset is low. */
const CLASSES = ["critical", "high", "medium"];

async function setScores(flags: Flags): Promise<void> {
  const body = someGiven({ weights: orCleared(flags.weights), bands: orCleared(flags.bands) });
  const session = await openSession(flags);
  printDetails(await (await session.call(etmScoreSettingsUpdate, { body })).json(), flags);
}

function toNumbers(names: readonly string[]): (text: string, former?: Numbers) => Numbers {
  return (text, former) => {
    const [, name = "", digits = ""] = /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (!names.includes(name)) throw new InvalidArgumentError(`write name=number; names are ${names.join(", ")}.`);
    return { ...former, [name]: Number(digits) };
  };
}
