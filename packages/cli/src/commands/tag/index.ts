import { adminTagDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addTagAssignCommand } from "./assign.ts";
import { addTagCreateCommand } from "./create.ts";
import { TAGS } from "./noun.ts";
import { addTagUpdateCommand } from "./update.ts";

/** `breakwater tag …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addTagCommands(program: Command): void {
  const tag = program.command("tag").summary("manage tags");
  addTagCreateCommand(tag);
  addListCommand(tag, TAGS);
  addShowCommand(tag, TAGS);
  addTagUpdateCommand(tag);
  addTagAssignCommand(tag);
  addDeleteCommand(tag, TAGS, {
    consequence: "Assets lose it, and users whose scope it is see fewer.",
    act: (session, { id }) => session.call(adminTagDelete, { params: { tagId: id } }),
  });
}
