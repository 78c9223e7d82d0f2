import type { Command } from "commander";
import { addAuditExportCommand } from "./export.ts";
import { addAuditListCommand } from "./list.ts";
import { addAuditVerifyCommand } from "./verify.ts";

/** `breakwater audit …`. */
export function addAuditCommands(program: Command): void {
  const audit = program.command("audit").summary("read and check the audit log");
  addAuditListCommand(audit);
  addAuditExportCommand(audit);
  addAuditVerifyCommand(audit);
}
