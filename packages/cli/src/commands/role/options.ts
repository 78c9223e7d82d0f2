import { PERMISSIONS, type Permission } from "@breakwater/client";
import { type Command, Option } from "commander";

/** What a role is made of, as create and update take it. */
export type RoleFlags = { description?: string; permission?: Permission[]; access?: ("api" | "ui")[] };

export function addRoleOptions(command: Command): Command {
  return command
    .option("--description <text>", "what it is for")
    .addOption(
      new Option("--permission <names...>", "what its users may do, none that the caller may not").choices(PERMISSIONS),
    )
    .addOption(new Option("--access <kinds...>", "how its users work").choices(["api", "ui"]));
}

/** The two kinds of access as the API has them. */
export function toAccess(access: NonNullable<RoleFlags["access"]>): { hasApiAccess: boolean; hasUiAccess: boolean } {
  return { hasApiAccess: access.includes("api"), hasUiAccess: access.includes("ui") };
}
