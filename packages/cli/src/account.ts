import { readEnvironment } from "@breakwater/server/config/env";
import type { Command } from "commander";
import { UsageError } from "./failure.ts";
import { onlyGiven } from "./given.ts";
import type { Profile } from "./profile.ts";

export type AccountFlags = { username?: string; password?: string; clientId?: string; clientSecret?: string };

/** Who calls: a user or an API client, as far as it is known. */
export type Account = { kind: "user" | "client"; name?: string; secret?: string };

/** Adds `--username`, `--password`, `--client-id` and `--client-secret`. */
export function addAccountOptions(command: Command): Command {
  return addClientOptions(
    command
      .option("--username <name>", "user; otherwise BREAKWATER_USERNAME, or the profile")
      .option("--password <password>", "its password; otherwise BREAKWATER_PASSWORD, or the profile's log-in"),
  );
}

/** Adds `--client-id` and `--client-secret`. For commands whose own `--username` or `--password` means somebody else. */
export function addClientOptions(command: Command): Command {
  return command
    .option("--client-id <id>", "API client instead of a user; otherwise BREAKWATER_CLIENT_ID")
    .option("--client-secret <secret>", "its secret; otherwise BREAKWATER_CLIENT_SECRET");
}

/**
 * Flags win over the environment, which wins over the profile of the server. In the environment a client wins over a
 * user, for it was made for programs.
 *
 * @throws UsageError when flags name both, or a secret without whose it is
 */
export function chooseAccount(flags: AccountFlags, known: Profile | undefined): Account {
  const env = readEnvironment();
  const hasUserFlag = flags.username !== undefined || flags.password !== undefined;
  const hasClientFlag = flags.clientId !== undefined || flags.clientSecret !== undefined;
  if (hasUserFlag && hasClientFlag) {
    throw new UsageError(
      "a user or an API client calls: give --username and --password, or --client-id and --client-secret",
    );
  }
  const hasUserSetting = env.username !== undefined || env.password !== undefined;
  const hasClientSetting = env.clientId !== undefined || env.clientSecret !== undefined;
  const isClient =
    hasClientFlag || (!hasUserFlag && (hasClientSetting || (!hasUserSetting && known?.clientId !== undefined)));
  if (isClient) {
    const name = flags.clientId ?? env.clientId ?? known?.clientId;
    const secret = flags.clientSecret ?? env.clientSecret;
    if (name === undefined) throw new UsageError("there is a client secret and no client: give --client-id too");
    return { kind: "client", ...onlyGiven({ name, secret }) };
  }
  const name = flags.username ?? env.username ?? known?.username;
  // The environment's password is its user's: it is not tried for whom a flag names instead.
  const isOther = flags.username !== undefined && flags.username !== env.username;
  const secret = flags.password ?? (isOther ? undefined : env.password);
  if (secret !== undefined && name === undefined) {
    throw new UsageError("there is a password and no user name: give --username too");
  }
  return { kind: "user", ...onlyGiven({ name, secret }) };
}
