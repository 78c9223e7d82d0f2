import { CompiledQuery, type Transaction } from "kysely";
import pg from "pg";
import { type CopyStreamQuery, from as copyFrom } from "pg-copy-streams";
import { PreparingClient } from "./prepared.ts";

/** What stands before the first row (signature, flags, length of an extension) and behind the last. */
const HEADER = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const TRAILER = Buffer.from([0xff, 0xff]);

/** Parameter that makes a {@link CopyClient} send it as the data of a COPY. */
class CopyData {
  readonly rows: Uint8Array;

  constructor(rows: Uint8Array) {
    this.rows = rows;
  }
}

/**
 * Appends rows to a table within a transaction of `Database.imports`. Costs the server half of what an INSERT from a
 * JSON parameter does, but knows no ON CONFLICT: for rows that are known to be new.
 *
 * @param rows {@link CopyRows} with values in the order of the columns; not to be changed before the promise resolves
 */
export async function copyInto(
  tx: Transaction<unknown>,
  table: string,
  columns: readonly string[],
  rows: Uint8Array,
): Promise<void> {
  const names = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
  const text = `COPY ${pg.escapeIdentifier(table)} (${names}) FROM STDIN (FORMAT binary)`;
  await tx.executeQuery(CompiledQuery.raw(text, [new CopyData(rows)]));
}

/** A session to which Kysely can hand the data of a COPY as it hands the parameters of any other statement. */
export class CopyClient extends PreparingClient {
  // The driver's own overloads are many; here arguments are only passed on.
  override query(...args: unknown[]): never {
    const [text, parameters] = args;
    const data = Array.isArray(parameters) ? parameters[0] : undefined;
    if (data instanceof CopyData) return this.#copy(String(text), data.rows) as never;
    return super.query(...(args as [string])) as never;
  }

  #copy(text: string, rows: Uint8Array): Promise<{ command: string; rowCount: number; rows: never[] }> {
    return new Promise((resolve, reject) => {
      const stream = super.query(copyFrom(text)) as CopyStreamQuery;
      stream.on("error", reject);
      stream.on("finish", () => resolve({ command: "COPY", rowCount: stream.rowCount, rows: [] }));
      stream.write(HEADER);
      stream.write(rows);
      stream.end(TRAILER);
    });
  }
}
