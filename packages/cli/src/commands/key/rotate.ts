import { adminKeyRotate, SIGNING_ALGORITHMS, type SigningAlgorithm } from "@breakwater/client";
import { type Command, Option } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { KEYS } from "./noun.ts";

type Flags = ServerFlags & { algorithm: SigningAlgorithm };

export function addKeyRotateCommand(parent: Command): void {
  const command = parent
    .command("rotate")
    .summary("sign with a new key")
    .description(
      "Makes a new key, with which every node signs within a second. The former verifies until its last token has expired. For the operator.",
    )
    .addOption(new Option("--algorithm <algorithm>", "which kind of key").choices(SIGNING_ALGORITHMS).default("HS512"))
    .action(rotate);
  addServerOptions(command);
}

async function rotate(flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const answer = await session.call(adminKeyRotate, { body: { algorithm: flags.algorithm } });
  printRow(await answer.json(), KEYS.columns, flags);
}
