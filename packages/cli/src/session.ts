import { type Client, createClient, type LimitPatience, toBaseUrl } from "@breakwater/client";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { type Account, type AccountFlags, addAccountOptions, chooseAccount } from "./account.ts";
import { CommandFailure, UnreachableError, UsageError } from "./failure.ts";
import { onlyGiven } from "./given.ts";
import { type Profile, readProfiles } from "./profile.ts";
import { ask, askSecret, canAsk } from "./terminal.ts";

export type ConnectionFlags = { url?: string } & AccountFlags;

/** A server and a way to call it as somebody. */
export type Session = { url: string; call: Client["call"] };

const DEFAULT_URL = "http://127.0.0.1:8080";

/** Adds `--url`. */
export function addUrlOption(command: Command): Command {
  return command.option(
    "--url <url>",
    `server, or a platform's name such as EU1; otherwise BREAKWATER_URL, the profile kept by login, or ${DEFAULT_URL}`,
  );
}

/** Adds `--url` and the flags that say who calls. */
export function addConnectionOptions(command: Command): Command {
  return addAccountOptions(addUrlOption(command));
}

/** Where to, by flag, environment, profile and default, in this order. */
export function chooseUrl(flags: ConnectionFlags, last: Profile | undefined): string {
  const text = flags.url ?? readEnvironment().url ?? last?.url ?? DEFAULT_URL;
  try {
    return toBaseUrl(text);
  } catch (error) {
    throw new UsageError((error as RangeError).message);
  }
}

/**
 * A session with the credentials of flags, environment or profile, in this order; on a terminal a missing password or
 * secret is asked for.
 *
 * @param options.waitForLimits for commands that wait anyway
 * @throws CommandFailure when nobody is logged in and nobody can be asked
 */
export async function openSession(
  flags: ConnectionFlags,
  options: { waitForLimits?: LimitPatience } = {},
): Promise<Session> {
  const profiles = await readProfiles();
  const url = chooseUrl(flags, profiles[0]);
  // A token is for the server that gave it: another URL never gets to see it.
  const known = profiles.find((profile) => profile.url === url);
  const account = chooseAccount(flags, known);
  const token = account.secret === undefined ? findToken(account, known) : undefined;
  const credentials = token === undefined ? await completeAccount(account, url) : { token };
  return toSession(createClient({ url, ...credentials, ...onlyGiven({ waitForLimits: options.waitForLimits }) }));
}

/** A session for what anybody may call: nobody logs in. */
export async function openPublicSession(flags: ConnectionFlags): Promise<Session> {
  return toSession(createClient({ url: chooseUrl(flags, (await readProfiles())[0]) }));
}

/** The kept token, when it is this account's and lives. */
function findToken(account: Account, known: Profile | undefined): string | undefined {
  if (!known || known.tokenExpiresAt <= Date.now()) return undefined;
  const keptName = account.kind === "client" ? known.clientId : known.username;
  return keptName === account.name ? known.token : undefined;
}

async function completeAccount(account: Account, url: string) {
  if (account.secret === undefined && !canAsk()) {
    throw new CommandFailure(
      `not logged in at ${url}: run \`breakwater login\`, or set BREAKWATER_USERNAME and BREAKWATER_PASSWORD, or BREAKWATER_CLIENT_ID and BREAKWATER_CLIENT_SECRET`,
    );
  }
  if (account.kind === "client") {
    const clientId = account.name ?? (await ask("Client id"));
    return { clientId, clientSecret: account.secret ?? (await askSecret(`Secret of ${clientId}`)) };
  }
  const username = account.name ?? (await ask("User name"));
  return { username, password: account.secret ?? (await askSecret(`Password of ${username}`)) };
}

/** A session over a client, which says what to do when the server cannot be reached. */
export function toSession(client: Client): Session {
  return {
    url: client.url,
    call: async (operation, options) => {
      try {
        return await client.call(operation, options);
      } catch (error) {
        throw explainUnreachable(error, client.url);
      }
    },
  };
}

/** What fetch throws when there was no answer is a TypeError whose cause is the system's error. */
export function explainUnreachable(error: unknown, url: string): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  const { code, message } = error.cause as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") {
    return new UnreachableError(`nothing listens at ${url}: start it with \`breakwater serve\`, or give --url`);
  }
  return new UnreachableError(`${url} cannot be reached: ${message || code}`, { cause: error });
}
