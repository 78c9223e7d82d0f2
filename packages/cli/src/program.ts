import { readFileSync } from "node:fs";
import { Command } from "commander";
import { addBackupCommand } from "./commands/backup.ts";
import { addCaptureImportCommand } from "./commands/capture/import.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addImportCommand } from "./commands/import.ts";
import { addLoginCommand } from "./commands/login.ts";
import { addReportRunCommand } from "./commands/report/run.ts";
import { addRestoreCommand } from "./commands/restore.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addTagCreateCommand } from "./commands/tag/create.ts";
import { addTagListCommand } from "./commands/tag/list.ts";
import { addUserCreateCommand } from "./commands/user/create.ts";
import { addUserListCommand } from "./commands/user/list.ts";

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
  addCaptureImportCommand(program.command("capture").summary("work with packet captures"));
  addReportRunCommand(program.command("report").summary("work with findings reports"));
  const user = program.command("user").summary("manage users");
  addUserCreateCommand(user);
  addUserListCommand(user);
  const tag = program.command("tag").summary("manage tags");
  addTagCreateCommand(tag);
  addTagListCommand(tag);
  addBackupCommand(program);
  addRestoreCommand(program);
  return program;
}
