import { PUBLIC_PLATFORMS, platformsList, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { type Columns, printRows } from "../../output.ts";
import { openPublicSession } from "../../session.ts";

type Platform = ResultOf<typeof platformsList>[number];

const KNOWN_COLUMNS: Columns<(typeof PUBLIC_PLATFORMS)[number]> = [
  ["Platform", (platform) => platform.name],
  ["Gateway", (platform) => platform.url],
];

const LISTED_COLUMNS: Columns<Platform> = [
  ["Platform", (platform) => (platform.isSelf ? `${platform.name} (this one)` : platform.name)],
  ["Gateway", (platform) => platform.gatewayUrl],
  ["API", (platform) => platform.apiUrl],
  ["Console", (platform) => platform.consoleUrl],
  ["In user names", (platform) => platform.usernameMarker],
];

export function addPlatformListCommand(parent: Command): void {
  const command = parent
    .command("list")
    .summary("list platforms")
    .description(
      "Lists the public platforms that --url knows by name; with --remote those that the server lists, itself first, which takes no log-in.",
    )
    .option("--remote", "ask the server")
    .action(listPlatforms);
  addServerOptions(command);
}

async function listPlatforms(flags: ServerFlags & { remote?: boolean }): Promise<void> {
  if (!flags.remote) return printRows(PUBLIC_PLATFORMS, KNOWN_COLUMNS, flags);
  const session = await openPublicSession(flags);
  printRows(await (await session.call(platformsList)).json(), LISTED_COLUMNS, flags);
}
