import { type Client, createClient } from "@breakwater/client";
import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { CommandFailure, UsageError } from "./failure.ts";
import { type Profile, readProfile } from "./profile.ts";
import { ask, askSecret, canAsk } from "./terminal.ts";

export type ConnectionFlags = { url?: string; username?: string; password?: string };

/** A server and a way to call it as somebody. */
export type Session = { url: string; call: Client["call"] };

const DEFAULT_URL = "http://127.0.0.1:8080";

/** Adds `--url`. For commands whose own `--username` means somebody else. */
export function addUrlOption(command: Command): Command {
  return command.option(
    "--url <url>",
    `server; otherwise BREAKWATER_URL, the profile kept by login, or ${DEFAULT_URL}`,
  );
}

/** Adds `--url`, `--username` and `--password`. */
export function addConnectionOptions(command: Command): Command {
  return addUrlOption(command)
    .option("--username <name>", "user; otherwise BREAKWATER_USERNAME, or the profile")
    .option("--password <password>", "its password; otherwise BREAKWATER_PASSWORD, or the profile's log-in");
}

/** Where to, by flag, environment, profile and default, in this order. */
export function chooseUrl(flags: ConnectionFlags, profile: Profile | undefined): string {
  const text = flags.url ?? readEnvironment().url ?? profile?.url ?? DEFAULT_URL;
  const url = URL.parse(text);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new UsageError(`${JSON.stringify(text)} is no URL of a server: it looks like ${DEFAULT_URL}`);
  }
  return text.replace(/\/+$/, "");
}

/**
 * A session with the credentials of flags, environment or profile, in this order; on a terminal a missing password is
 * asked for.
 *
 * @throws CommandFailure when nobody is logged in and nobody can be asked
 */
export async function openSession(flags: ConnectionFlags): Promise<Session> {
  const profile = await readProfile();
  const env = readEnvironment();
  const url = chooseUrl(flags, profile);
  // A token is for the server that gave it: another URL never gets to see it.
  const known = profile?.url === url ? profile : undefined;
  const username = flags.username ?? env.username ?? known?.username;
  const password = flags.password ?? env.password;
  if (password !== undefined) {
    if (username === undefined) throw new UsageError("there is a password and no user name: give --username too");
    return toSession(url, createClient({ url, username, password }));
  }
  if (known && known.username === username && known.tokenExpiresAt > Date.now()) {
    return toSession(url, createClient({ url, token: known.token }));
  }
  if (!canAsk()) {
    throw new CommandFailure(
      `not logged in at ${url}: run \`breakwater login\`, or set BREAKWATER_USERNAME and BREAKWATER_PASSWORD`,
    );
  }
  const asked = username ?? (await ask("User name"));
  return toSession(url, createClient({ url, username: asked, password: await askSecret(`Password of ${asked}`) }));
}

/** A session over a client, which says what to do when the server cannot be reached. */
export function toSession(url: string, client: Client): Session {
  return {
    url,
    call: async (operation, options) => {
      try {
        return await client.call(operation, options);
      } catch (error) {
        throw explainUnreachable(error, url);
      }
    },
  };
}

/** What fetch throws when there was no answer is a TypeError whose cause is the system's error. */
export function explainUnreachable(error: unknown, url: string): unknown {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  const { code, message } = error.cause as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED") {
    return new CommandFailure(`nothing listens at ${url}: start it with \`breakwater serve\`, or give --url`);
  }
  return new CommandFailure(`${url} cannot be reached: ${message || code}`, { cause: error });
}
