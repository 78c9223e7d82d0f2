import { randomInt } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "@breakwater/server";
import { CommandFailure } from "../failure.ts";

export type Credentials = { username: string; password: string };

/** Who can log in to the demo: the Manager of its installation, and a Reader who sees a part of it. */
export type DemoCredentials = { manager: Credentials; reader: Credentials };

const FILE_NAME = "demo-credentials.json";
const ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/**
 * The credentials of a demo on this data directory: made up at its first start and kept there, readable by this account
 * only, so that every later start can print them again. A Manager given by the settings wins and is not kept.
 */
export async function openCredentials(config: Config): Promise<DemoCredentials> {
  const path = join(config.dataDir, FILE_NAME);
  const kept = (await readKept(path)) ?? (await keep(path, config));
  if (config.adminPassword === undefined) return kept;
  const manager = { username: config.adminUsername ?? "admin", password: config.adminPassword };
  return { ...kept, manager };
}

/** The Manager that was made up at the first start; the settings may name another since. */
export async function readKeptManager(config: Config): Promise<Credentials | undefined> {
  return (await readKept(join(config.dataDir, FILE_NAME)))?.manager;
}

async function keep(path: string, config: Config): Promise<DemoCredentials> {
  const made: DemoCredentials = {
    manager: { username: config.adminUsername ?? "admin", password: generatePassword() },
    reader: { username: "plant_reader", password: generatePassword() },
  };
  await mkdir(config.dataDir, { recursive: true });
  await writeFile(path, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return made;
}

async function readKept(path: string): Promise<DemoCredentials | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { manager, reader } = JSON.parse(text) as DemoCredentials;
    if ([manager.username, manager.password, reader.username, reader.password].every((part) => part.length > 0)) {
      return { manager, reader };
    }
  } catch {
    // Told below, as for a file that is JSON and something else.
  }
  throw new CommandFailure(
    `${path} is damaged: set BREAKWATER_ADMIN_USERNAME and BREAKWATER_ADMIN_PASSWORD and remove it, or use another --data-dir`,
  );
}

/** 20 characters of an alphabet without look-alikes: 115 bits. */
function generatePassword(): string {
  return Array.from({ length: 20 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
}
