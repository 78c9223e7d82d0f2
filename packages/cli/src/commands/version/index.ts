import { adminVersionReset } from "@breakwater/client";
import type { Command } from "commander";
import { addListCommand, addLosingCommand, addShowCommand } from "../../noun-commands.ts";
import { VERSIONS } from "./noun.ts";
import { addVersionSetCommand } from "./set.ts";

/** `breakwater version …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addVersionCommands(program: Command): void {
  const version = program.command("version").summary("manage the life of API versions");
  addListCommand(version, VERSIONS);
  addShowCommand(version, VERSIONS);
  addVersionSetCommand(version);
  addLosingCommand(version, VERSIONS, {
    verb: "reset",
    summary: "set a version back to what was shipped",
    description:
      "Takes the edits of a version back, for the whole installation. For the operator. Asks first, on a terminal.",
    question: ({ api }) => `Set ${api} back to the dates that were shipped?`,
    act: (session, { api }) => session.call(adminVersionReset, { body: { api } }),
    done: "Set back.",
  });
}
