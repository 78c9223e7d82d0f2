import { createHash } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import pg from "pg";

const MARK = "/* prepared */";

/**
 * Put before a statement, it has each session of `Database.read` and `Database.imports` plan it once instead of each time. For long statements
 * over rows that are given by their keys: planning them takes as long as running them.
 */
export const prepared: RawBuilder<unknown> = sql.raw(MARK);

/** A session that keeps the plans of {@link prepared} statements. */
export class PreparingClient extends pg.Client {
  // The driver's own overloads are many; here arguments are only passed on.
  override query(...args: unknown[]): never {
    const [text, values] = args;
    if (typeof text !== "string" || !text.startsWith(MARK)) return super.query(...(args as [string])) as never;
    return super.query({ name: nameOf(text), text, values: values as unknown[] }) as never;
  }
}

function nameOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
