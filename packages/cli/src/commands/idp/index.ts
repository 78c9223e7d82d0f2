import { adminIdpDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addIdpCreateCommand } from "./create.ts";
import { IDPS } from "./noun.ts";
import { addIdpUpdateCommand } from "./update.ts";

/** `breakwater idp …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addIdpCommands(program: Command): void {
  const idp = program.command("idp").summary("manage identity providers");
  addIdpCreateCommand(idp);
  addListCommand(idp, IDPS);
  addShowCommand(idp, IDPS);
  addIdpUpdateCommand(idp);
  addDeleteCommand(idp, IDPS, {
    consequence: "Its tokens end within a second.",
    act: (session, { id }) => session.call(adminIdpDelete, { params: { idpId: id } }),
  });
}
