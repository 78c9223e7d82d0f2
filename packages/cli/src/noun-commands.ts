import type { Command } from "commander";
import { addYesOption, assertConfirmable, type ConfirmFlags, confirm } from "./confirm.ts";
import { findNamed, type Noun } from "./noun.ts";
import { addOutputOption, type OutputFlags, printDetails, printJson, printRows } from "./output.ts";
import { addConnectionOptions, type ConnectionFlags, openSession, type Session } from "./session.ts";
import { print } from "./terminal.ts";

/** What every command takes that talks to a server. */
export type ServerFlags = ConnectionFlags & OutputFlags;

/** Adds `--url`, who calls, and `--output`. */
export function addServerOptions(command: Command): Command {
  return addConnectionOptions(addOutputOption(command));
}

/** Adds `list`. */
export function addListCommand<Row>(parent: Command, noun: Noun<Row>): void {
  const command = parent
    .command("list")
    .summary(`list ${noun.many}`)
    .description(`Lists the ${noun.many}.`)
    .action(async (flags: ServerFlags) => {
      printRows(await noun.readAll(await openSession(flags)), noun.columns, flags);
    });
  addServerOptions(command);
}

/** Adds `show NAME`. */
export function addShowCommand<Row extends object>(parent: Command, noun: Noun<Row>): void {
  const command = parent
    .command("show")
    .summary(`show one of the ${noun.many}`)
    .description(`Shows all that is known of one of the ${noun.many}.`)
    .argument("<name>", `name or id of the ${noun.one}`)
    .action(async (name: string, flags: ServerFlags) => {
      printDetails(await findNamed(await openSession(flags), noun, name), flags);
    });
  addServerOptions(command);
}

/** Adds `show ID`, of what has no name, or more of them than could be looked through for one. */
export function addShowByIdCommand(
  parent: Command,
  shown: { summary: string; one: string; read(session: Session, id: string): Promise<object> },
): void {
  const command = parent
    .command("show")
    .summary(shown.summary)
    .argument("<id>", `id of the ${shown.one}`)
    .action(async (id: string, flags: ServerFlags) => {
      printDetails(await shown.read(await openSession(flags), id), flags);
    });
  addServerOptions(command);
}

/** A verb that takes something away: it asks first. */
export type LosingVerb<Row> = {
  verb: string;
  summary: string;
  description: string;
  /** As in `Delete the user "x"?`. */
  question(row: Row): string;
  act(session: Session, row: Row): Promise<unknown>;
  /** As in `Deleted.` */
  done: string;
};

/** Adds a verb such as `delete NAME [--yes]`. */
export function addLosingCommand<Row extends object>(parent: Command, noun: Noun<Row>, verb: LosingVerb<Row>): void {
  const command = parent
    .command(verb.verb)
    .summary(verb.summary)
    .description(verb.description)
    .argument("<name>", `name or id of the ${noun.one}`)
    .action(async (name: string, flags: ServerFlags & ConfirmFlags) => {
      assertConfirmable(flags);
      const session = await openSession(flags);
      const row = await findNamed(session, noun, name);
      await confirm(verb.question(row), flags);
      await verb.act(session, row);
      if (flags.output === "json") printJson(row);
      else print(verb.done);
    });
  addServerOptions(addYesOption(command));
}

/** Adds `delete NAME [--yes]`. */
export function addDeleteCommand<Row extends object>(
  parent: Command,
  noun: Noun<Row>,
  options: { consequence: string; act(session: Session, row: Row): Promise<unknown> },
): void {
  addLosingCommand(parent, noun, {
    verb: "delete",
    summary: `delete one of the ${noun.many}`,
    description: `Deletes one of the ${noun.many}. ${options.consequence} Asks first, on a terminal.`,
    question: (row) => `Delete the ${noun.one} ${JSON.stringify(noun.namesOf(row)[0])}? ${options.consequence}`,
    act: options.act,
    done: "Deleted.",
  });
}
