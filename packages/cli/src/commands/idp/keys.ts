import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { CommandFailure, UsageError } from "../../failure.ts";
import { onlyGiven } from "../../given.ts";

/** Where the keys of a provider come from: one of the two. */
export type KeyFlags = { jwksUrl?: string; certificate?: string[] };

export function addKeyOptions(command: Command): Command {
  return command
    .option("--jwks-url <url>", "where its keys are (JWKS)")
    .option("--certificate <files...>", "its certificates or public keys (PEM) instead, up to five files");
}

/** The members of the API; none when neither was given. */
export async function readKeys({
  jwksUrl,
  certificate,
}: KeyFlags): Promise<{ jwksUrl?: string; certificates?: string[] }> {
  if (jwksUrl !== undefined && certificate !== undefined) {
    throw new UsageError("keys come from one place: give --jwks-url or --certificate");
  }
  const certificates = certificate && (await Promise.all(certificate.map(readPem)));
  return onlyGiven({ jwksUrl, certificates });
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CommandFailure(`${path} cannot be read: ${(error as Error).message}`);
  }
}
