import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addAssetCommands } from "./commands/asset/index.ts";
import { addAuditCommands } from "./commands/audit/index.ts";
import { addBackupCommand } from "./commands/backup.ts";
import { addCaptureImportCommand } from "./commands/capture/import.ts";
import { addClientCommands } from "./commands/client/index.ts";
import { addConnectionCommands } from "./commands/connection/index.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addEntityCommands } from "./commands/entity/index.ts";
import { addFeedCommands } from "./commands/feeds/index.ts";
import { addFindingCommands } from "./commands/finding/index.ts";
import { addIdpCommands } from "./commands/idp/index.ts";
import { addImportCommand } from "./commands/import.ts";
import { addImportsCommands } from "./commands/imports/index.ts";
import { addKeyCommands } from "./commands/key/index.ts";
import { addLimitCommands } from "./commands/limit/index.ts";
import { addLoginCommand } from "./commands/login.ts";
import { addNoteCommands } from "./commands/note/index.ts";
import { addOtCommands } from "./commands/ot/index.ts";
import { addPasswordCommands } from "./commands/password/change.ts";
import { addPlatformCommands } from "./commands/platform/index.ts";
import { addProjectfileCommands } from "./commands/projectfile/index.ts";
import { addReportCommands } from "./commands/report/index.ts";
import { addRestoreCommand } from "./commands/restore.ts";
import { addRoleCommands } from "./commands/role/index.ts";
import { addRuleCommands } from "./commands/rule/index.ts";
import { addScheduleCommands } from "./commands/schedule/index.ts";
import { addScoreCommands } from "./commands/score/index.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addSubscriptionCommands } from "./commands/subscription/index.ts";
import { addTagCommands } from "./commands/tag/index.ts";
import { addTrendCommand } from "./commands/trend.ts";
import { addUnitCommands } from "./commands/unit/index.ts";
import { addUserCommands } from "./commands/user/index.ts";
import { addVersionCommands } from "./commands/version/index.ts";
import { addWebhookCommands } from "./commands/webhook/index.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** All commands. Wrong usage and help throw a CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program = new Command("breakwater")
    .description("Exposure management for IT and OT.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(--help shows how it is used)");

  addServeCommand(program);
  addDemoCommand(program);
  addLoginCommand(program);
  addImportCommand(program);
  addImportsCommands(program);
  addConnectionCommands(program);
  addCaptureImportCommand(program.command("capture").summary("work with packet captures"));
  addFeedCommands(program);
  addProjectfileCommands(program);
  addReportCommands(program);
  addScheduleCommands(program);
  addTrendCommand(program);
  addEntityCommands(program);
  addAssetCommands(program);
  addFindingCommands(program);
  addOtCommands(program);
  addUserCommands(program);
  addPasswordCommands(program);
  addRoleCommands(program);
  addUnitCommands(program);
  addRuleCommands(program);
  addScoreCommands(program);
  addTagCommands(program);
  addClientCommands(program);
  addIdpCommands(program);
  addLimitCommands(program);
  addSubscriptionCommands(program);
  addVersionCommands(program);
  addNoteCommands(program);
  addWebhookCommands(program);
  addKeyCommands(program);
  addAuditCommands(program);
  addPlatformCommands(program);
  addDoctorCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  return program;
}
