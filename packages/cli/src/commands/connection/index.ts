import { ingestConnectionDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addConnectionCreateCommand } from "./create.ts";
import { addConnectionFolderCommands } from "./folder.ts";
import { CONNECTIONS } from "./noun.ts";
import { addConnectionUpdateCommand } from "./update.ts";

/** `breakwater connection …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addConnectionCommands(program: Command): void {
  const connection = program.command("connection").summary("manage connections, the named sources of imports");
  addConnectionCreateCommand(connection);
  addListCommand(connection, CONNECTIONS);
  addShowCommand(connection, CONNECTIONS);
  addConnectionUpdateCommand(connection);
  addConnectionFolderCommands(connection);
  addDeleteCommand(connection, CONNECTIONS, {
    consequence: "Findings that no other source reports are fixed.",
    act: (session, { id, name }) =>
      session.call(ingestConnectionDelete, { params: { connectionId: id }, query: { confirm: name } }),
  });
}
