import { createClient, readTokenTimes } from "@breakwater/client";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { type Account, chooseAccount } from "../account.ts";
import { UsageError } from "../failure.ts";
import { addServerOptions, type ServerFlags } from "../noun-commands.ts";
import { printJson } from "../output.ts";
import { keepProfile, type Profile, readProfiles } from "../profile.ts";
import { chooseUrl, explainUnreachable } from "../session.ts";
import { ask, askSecret, canAsk, print } from "../terminal.ts";

export function addLoginCommand(parent: Command): void {
  const command = parent
    .command("login")
    .summary("log in and keep a profile")
    .description(
      "Logs in, as a user or as an API client, and keeps URL, name and token (never a password or secret) in a file that only this account can read, for each server one. The commands that follow go to the server of the last log-in, or to that of --url, until the token ends, four hours later. What is missing is asked for on a terminal.",
    )
    .action(logIn);
  addServerOptions(command);
}

async function logIn(flags: ServerFlags): Promise<void> {
  const profiles = await readProfiles();
  const preset = chooseUrl(flags, profiles[0]);
  const isDialogue = (flags.url ?? readEnvironment().url) === undefined && canAsk();
  const url =
    isDialogue && !hasSecret(flags) ? chooseUrl({ url: await ask("URL or platform", preset) }, undefined) : preset;
  // A former log-in only proposes a name: who logs in anew may be somebody else.
  const account = chooseAccount(flags, undefined);
  const formerName = profiles.find((profile) => profile.url === url)?.username ?? "";
  const { name, secret } = await complete(account, formerName);
  const token = await requestToken(url, account.kind, name, secret);
  const tokenExpiresAt = (readTokenTimes(token).exp ?? 0) * 1000;
  const who = account.kind === "client" ? { clientId: name } : { username: name };
  await tell({ url, ...who, token, tokenExpiresAt }, name, flags);
}

function hasSecret(flags: ServerFlags): boolean {
  return chooseAccount(flags, undefined).secret !== undefined;
}

async function complete(account: Account, formerName: string): Promise<{ name: string; secret: string }> {
  const { kind, name, secret } = account;
  if (!canAsk() && (name === undefined || secret === undefined)) {
    throw new UsageError(
      "there is no terminal to ask on: give --username and --password, or --client-id and --client-secret, or set BREAKWATER_USERNAME and BREAKWATER_PASSWORD, or BREAKWATER_CLIENT_ID and BREAKWATER_CLIENT_SECRET",
    );
  }
  return {
    name: name ?? (await ask(kind === "client" ? "Client id" : "User name", formerName)),
    secret: secret ?? (await askSecret(kind === "client" ? "Client secret" : "Password")),
  };
}

async function requestToken(url: string, kind: Account["kind"], name: string, secret: string): Promise<string> {
  const credentials =
    kind === "client" ? { clientId: name, clientSecret: secret } : { username: name, password: secret };
  try {
    return await createClient({ url, ...credentials }).login();
  } catch (error) {
    throw explainUnreachable(error, url);
  }
}

async function tell(profile: Profile, name: string, flags: ServerFlags): Promise<void> {
  const path = await keepProfile(profile);
  const { token: _token, tokenExpiresAt, ...rest } = profile;
  const validUntil = new Date(tokenExpiresAt).toISOString();
  if (flags.output === "json") printJson({ ...rest, validUntil, profile: path });
  else print(`Logged in at ${profile.url} as ${name}, until ${validUntil}; kept in ${path}`);
}
