import { etmFindingGet } from "@breakwater/client";
import type { Command } from "commander";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand } from "../../paged-list.ts";
import { addFindingAcceptCommand } from "./accept.ts";
import { FINDINGS } from "./list.ts";
import { addFindingRetestCommand } from "./retest.ts";
import { addFindingRevokeCommand } from "./revoke.ts";
import { addFindingStatsCommand } from "./stats.ts";

/** `breakwater finding …`. */
export function addFindingCommands(program: Command): void {
  const finding = program.command("finding").summary("work with findings");
  addPagedListCommand(finding, FINDINGS);
  addShowByIdCommand(finding, {
    summary: "show a finding, and why it is what it is",
    one: "finding",
    read: async (session, findingId) => (await session.call(etmFindingGet, { params: { findingId } })).json(),
  });
  addFindingStatsCommand(finding);
  addFindingAcceptCommand(finding);
  addFindingRevokeCommand(finding);
  addFindingRetestCommand(finding);
}
