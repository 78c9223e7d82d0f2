import { adminUnitDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addUnitCreateCommand } from "./create.ts";
import { UNITS } from "./noun.ts";
import { addUnitUpdateCommand } from "./update.ts";

/** `breakwater unit …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addUnitCommands(program: Command): void {
  const unit = program.command("unit").summary("manage business units");
  addUnitCreateCommand(unit);
  addListCommand(unit, UNITS);
  addShowCommand(unit, UNITS);
  addUnitUpdateCommand(unit);
  addDeleteCommand(unit, UNITS, {
    consequence: "Only a unit without users can be deleted.",
    act: (session, { id }) => session.call(adminUnitDelete, { params: { unitId: id } }),
  });
}
