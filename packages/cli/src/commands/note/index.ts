import { adminReleaseNoteDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addNoteAddCommand } from "./add.ts";
import { NOTES } from "./noun.ts";

/** `breakwater note …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addNoteCommands(program: Command): void {
  const entry = program.command("note").summary("manage release notes of the notification feed");
  addNoteAddCommand(entry);
  addListCommand(entry, NOTES);
  addShowCommand(entry, NOTES);
  addDeleteCommand(entry, NOTES, {
    consequence: "It leaves the feed; who has read it keeps it.",
    act: (session, { id }) => session.call(adminReleaseNoteDelete, { params: { noteId: id } }),
  });
}
