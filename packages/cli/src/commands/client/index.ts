import { adminClientDelete, adminClientRevoke } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addLosingCommand, addShowCommand } from "../../noun-commands.ts";
import { addClientCreateCommand } from "./create.ts";
import { CLIENTS } from "./noun.ts";
import { addClientRotateCommand } from "./rotate.ts";
import { addClientUpdateCommand } from "./update.ts";

/** `breakwater client …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addClientCommands(program: Command): void {
  const client = program.command("client").summary("manage API clients");
  addClientCreateCommand(client);
  addListCommand(client, CLIENTS);
  addShowCommand(client, CLIENTS);
  addClientUpdateCommand(client);
  addClientRotateCommand(client);
  addLosingCommand(client, CLIENTS, {
    verb: "revoke",
    summary: "end an API client for good and keep its entry",
    description: "Ends an API client and, within a second, its tokens; its entry stays. Asks first, on a terminal.",
    question: ({ name }) => `Revoke the API client ${JSON.stringify(name)}? It cannot be undone.`,
    act: (session, { clientId }) => session.call(adminClientRevoke, { params: { clientId } }),
    done: "Revoked.",
  });
  addDeleteCommand(client, CLIENTS, {
    consequence: "Its tokens end within a second, and its name is free again.",
    act: (session, { clientId }) => session.call(adminClientDelete, { params: { clientId } }),
  });
}
