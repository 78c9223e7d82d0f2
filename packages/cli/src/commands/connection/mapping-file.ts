import { readFile } from "node:fs/promises";
import type { BodyOf, ingestConnectionCreate } from "@breakwater/client";
import { CommandFailure } from "../../failure.ts";

type Mapping = NonNullable<BodyOf<typeof ingestConnectionCreate>["csvMapping"]>;

/**
 * A mapping from a JSON file; what it means is checked by the server.
 *
 * @throws CommandFailure when it cannot be read, or is no object
 */
export async function readMappingFile(path: string): Promise<Mapping> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(`the mapping cannot be read: ${error.message}`);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Mapping;
  } catch (error) {
    throw new CommandFailure(`${path} is no JSON: ${(error as Error).message}`);
  }
  throw new CommandFailure(`${path} holds no JSON object`);
}
