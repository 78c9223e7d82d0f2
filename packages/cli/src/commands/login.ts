import { createClient } from "@breakwater/client";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { addOutputOption, type OutputFlags, printJson } from "../output.ts";
import { readProfile, readTokenExpiry, writeProfile } from "../profile.ts";
import { addConnectionOptions, type ConnectionFlags, chooseUrl, explainUnreachable } from "../session.ts";
import { ask, askSecret, canAsk, print } from "../terminal.ts";

export function addLoginCommand(parent: Command): void {
  const command = parent
    .command("login")
    .summary("log in and keep a profile")
    .description(
      "Logs in and keeps URL, user and token (not the password) in a file that only this account can read. The commands that follow use it until the token ends, four hours later. What is missing is asked for on a terminal.",
    )
    .action(logIn);
  addConnectionOptions(addOutputOption(command));
}

async function logIn(flags: ConnectionFlags & OutputFlags): Promise<void> {
  const profile = await readProfile();
  const env = readEnvironment();
  const given = {
    url: flags.url ?? env.url,
    username: flags.username ?? env.username,
    password: flags.password ?? env.password,
  };
  if (!canAsk() && (given.username === undefined || given.password === undefined)) {
    throw new UsageError(
      "there is no terminal to ask on: give --username and --password, or set BREAKWATER_USERNAME and BREAKWATER_PASSWORD",
    );
  }
  const preset = chooseUrl(flags, profile);
  const isDialogue = given.url === undefined && given.password === undefined;
  const url = isDialogue ? chooseUrl({ url: await ask("URL", preset) }, profile) : preset;
  const username = given.username ?? (await ask("User name", profile?.url === url ? profile.username : ""));
  const password = given.password ?? (await askSecret("Password"));
  const token = await requestToken(url, username, password);
  const tokenExpiresAt = readTokenExpiry(token);
  const path = await writeProfile({ url, username, token, tokenExpiresAt });
  const validUntil = new Date(tokenExpiresAt).toISOString();
  if (flags.output === "json") printJson({ url, username, validUntil, profile: path });
  else print(`Logged in at ${url} as ${username}, until ${validUntil}; kept in ${path}`);
}

async function requestToken(url: string, username: string, password: string): Promise<string> {
  try {
    return await createClient({ url, username, password }).login();
  } catch (error) {
    throw explainUnreachable(error, url);
  }
}
