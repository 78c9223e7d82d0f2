import { CommandFailure } from "./failure.ts";
import { nearNames } from "./near-names.ts";
import type { Columns } from "./output.ts";
import type { Session } from "./session.ts";
import { toVisible } from "./terminal.ts";

/** A kind of object that has names. */
export type Kind<Row> = {
  /** As in `there is no user "x"`. */
  one: string;
  many: string;
  /** What a row is called on the command line, the name that people use first. */
  namesOf(row: Row): readonly string[];
};

/** A kind of object that is listed, and administered by name. */
export type Noun<Row> = Kind<Row> & { columns: Columns<Row>; readAll(session: Session): Promise<Row[]> };

/**
 * The one object of that name. The name as people use it wins over an id that looks like it; upper and lower case only
 * matter where there are several.
 *
 * @throws CommandFailure for none, with names that are near, and for several
 */
export async function findNamed<Row>(session: Session, noun: Noun<Row>, name: string): Promise<Row> {
  return pickNamed(noun, await noun.readAll(session), name);
}

/** {@link findNamed} among rows that were read already. */
export function pickNamed<Row>(noun: Kind<Row>, rows: readonly Row[], name: string): Row {
  const wanted = name.toLowerCase();
  const tests: ((row: Row) => boolean)[] = [
    (row) => noun.namesOf(row)[0] === name,
    (row) => noun.namesOf(row).includes(name),
    (row) => noun.namesOf(row).some((other) => other.toLowerCase() === wanted),
  ];
  for (const isMeant of tests) {
    const found = rows.filter(isMeant);
    if (found.length > 1) throw new CommandFailure(describeAmbiguity(noun, found, name));
    if (found[0] !== undefined) return found[0];
  }
  const near = nearNames(
    name,
    rows.map((row) => noun.namesOf(row)[0] ?? ""),
  );
  const names = near.map((other) => JSON.stringify(toVisible(other))).join(" or ");
  const hint = near.length > 0 ? `did you mean ${names}?` : `\`list\` shows the ${noun.many}`;
  throw new CommandFailure(`there is no ${noun.one} ${JSON.stringify(name)}: ${hint}`);
}

function describeAmbiguity<Row>(noun: Kind<Row>, found: readonly Row[], name: string): string {
  const shown = found.slice(0, 5).map((row) => toVisible(noun.namesOf(row).join(", ")));
  return `${found.length} ${noun.many} are called ${JSON.stringify(name)}: say which\n${shown.map((line) => `  ${line}`).join("\n")}`;
}
