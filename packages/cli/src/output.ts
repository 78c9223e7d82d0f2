import Table from "cli-table3";
import { type Command, Option } from "commander";
import { emphasize, note, print, toVisible } from "./terminal.ts";

export type OutputFlags = { output: "table" | "json" };

/** Adds `--output table|json`. */
export function addOutputOption(command: Command): Command {
  return command.addOption(
    new Option("--output <format>", "how results are printed").choices(["table", "json"]).default("table"),
  );
}

/** Columns of a table: heading and what stands there for one row. */
export type Columns<Row> = readonly (readonly [heading: string, value: (row: Row) => string | number | null])[];

/** Prints rows as a table for people, or as they are in JSON. */
export function printRows<Row>(rows: readonly Row[], columns: Columns<Row>, flags: OutputFlags): void {
  if (flags.output === "json") printJson(rows);
  else print(toTable(rows, columns));
}

/** Prints one row as {@link printRows} does; in JSON it is an object, not an array. */
export function printRow<Row>(row: Row, columns: Columns<Row>, flags: OutputFlags): void {
  if (flags.output === "json") printJson(row);
  else print(toTable([row], columns));
}

/** Prints a row with a secret that cannot be read again, and says so on stderr. */
export function printOnce<Row>(row: Row, columns: Columns<Row>, flags: OutputFlags): void {
  printRow(row, columns, flags);
  note("The secret is shown this once: keep it where only its user can read it.");
}

/** Prints all members of one row, a line each. */
export function printDetails(row: object, flags: OutputFlags): void {
  if (flags.output === "json") printJson(row);
  else print(toTable(Object.entries(row), DETAIL_COLUMNS));
}

const DETAIL_COLUMNS: Columns<[string, unknown]> = [
  ["What", ([name]) => name],
  ["Value", ([, value]) => toCell(value)],
];

function toCell(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(toCell).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

function toTable<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  const table = new Table({
    head: columns.map(([heading]) => emphasize(heading, "bold")),
    // The table's own colours do not ask whether there is a terminal.
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push(
      columns.map(([, value]) => {
        const cell = value(row);
        return typeof cell === "number"
          ? { content: String(cell), hAlign: "right" as const }
          : toVisible(cell === null || cell === "" ? "-" : cell);
      }),
    );
  }
  return table.toString();
}
