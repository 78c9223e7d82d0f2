import type { Operation } from "../operation.ts";
import * as all from "./all.ts";

export * from "./all.ts";

/** The table: every operation of the API, and nothing that is not one, in the order of their names. */
export const OPERATIONS: readonly Operation[] = Object.values(all);
