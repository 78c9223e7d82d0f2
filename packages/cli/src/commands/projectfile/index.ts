import { otProjectfileGet } from "@breakwater/client";
import type { Command } from "commander";
import { addShowByIdCommand } from "../../noun-commands.ts";
import { addPagedListCommand } from "../../paged-list.ts";
import { addProjectfileImportCommand } from "./import.ts";
import { PROJECT_FILES } from "./list.ts";

/** `breakwater projectfile …`. */
export function addProjectfileCommands(program: Command): void {
  const projectfile = program.command("projectfile").summary("work with project files");
  addProjectfileImportCommand(projectfile);
  addPagedListCommand(projectfile, PROJECT_FILES);
  addShowByIdCommand(projectfile, {
    summary: "show a project file with its modules",
    one: "project file",
    read: async (session, projectFileId) =>
      (await session.call(otProjectfileGet, { params: { projectFileId } })).json(),
  });
}
