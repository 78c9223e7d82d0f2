import { adminIdpUpdate } from "@breakwater/client";
import { type Command, Option } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addKeyOptions, type KeyFlags, readKeys } from "./keys.ts";
import { IDPS } from "./noun.ts";

type Flags = ServerFlags & KeyFlags & { name?: string; issuer?: string; audience?: string; userBy?: "sub" | "email" };

export function addIdpUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change an identity provider")
    .description("Changes what is given and leaves the rest; acts on live tokens within a second.")
    .argument("<name>", "name or id of the provider")
    .option("--name <name>", "new name")
    .option("--issuer <issuer>", "iss of its tokens")
    .option("--audience <audience>", "aud of its tokens")
    .addOption(new Option("--user-by <claim>", "what names the user").choices(["sub", "email"]))
    .action(updateProvider);
  addServerOptions(addKeyOptions(command));
}

async function updateProvider(name: string, flags: Flags): Promise<void> {
  const { issuer, audience, userBy } = flags;
  const change = someGiven({ name: flags.name, issuer, audience, userClaim: userBy, ...(await readKeys(flags)) });
  const session = await openSession(flags);
  const { id } = await findNamed(session, IDPS, name);
  const answer = await session.call(adminIdpUpdate, { params: { idpId: id }, body: change });
  printRow(await answer.json(), IDPS.columns, flags);
}
