import { adminIdpCreate } from "@breakwater/client";
import { type Command, Option } from "commander";
import { UsageError } from "../../failure.ts";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addKeyOptions, type KeyFlags, readKeys } from "./keys.ts";
import { IDPS } from "./noun.ts";

type Flags = ServerFlags & KeyFlags & { issuer: string; audience: string; userBy?: "sub" | "email" };

export function addIdpCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("accept the tokens of an identity provider")
    .description("Accepts the tokens of an identity provider as bearer tokens of the users that they name.")
    .argument("<name>", "name of the provider")
    .requiredOption("--issuer <issuer>", "iss of its tokens")
    .requiredOption("--audience <audience>", "aud of its tokens")
    .addOption(new Option("--user-by <claim>", "what names the user; sub unless given").choices(["sub", "email"]))
    .action(createProvider);
  addServerOptions(addKeyOptions(command));
}

async function createProvider(name: string, flags: Flags): Promise<void> {
  const { issuer, audience, userBy } = flags;
  const keys = await readKeys(flags);
  if (Object.keys(keys).length === 0) throw new UsageError("its keys are missing: give --jwks-url or --certificate");
  const session = await openSession(flags);
  const answer = await session.call(adminIdpCreate, {
    body: { name, issuer, audience, ...onlyGiven({ userClaim: userBy }), ...keys },
  });
  printRow(await answer.json(), IDPS.columns, flags);
}
