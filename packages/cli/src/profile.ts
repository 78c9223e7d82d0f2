import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { readEnvironment } from "@breakwater/server/config/env";
import { CommandFailure } from "./failure.ts";

/** What `breakwater login` keeps: where, who, and the token of the last log-in. */
export type Profile = {
  url: string;
  username: string;
  token: string;
  /** Epoch ms. */
  tokenExpiresAt: number;
};

/** `$XDG_CONFIG_HOME/breakwater/profile.json`, by default under `~/.config`. */
export function profilePath(): string {
  return join(readEnvironment().configHome ?? join(homedir(), ".config"), "breakwater", "profile.json");
}

/** The kept profile; undefined when nobody has logged in here. */
export async function readProfile(): Promise<Profile | undefined> {
  const path = profilePath();
  try {
    return toProfile(JSON.parse(await readFile(path, "utf8")), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (error instanceof SyntaxError) throw damaged(path);
    throw error;
  }
}

/** Keeps a profile, readable by this account only, and answers its path. */
export async function writeProfile(profile: Profile): Promise<string> {
  const path = profilePath();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // A new file that takes the old one's place: an older one may have wider permissions, or be read at this moment.
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(profile, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(temporary, path);
  return path;
}

/** When a token ends, in epoch ms, as it says itself; 0 when it does not say. */
export function readTokenExpiry(token: string): number {
  try {
    const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: unknown };
    return typeof payload.exp === "number" ? payload.exp * 1000 : 0;
  } catch {
    return 0;
  }
}

function toProfile(value: unknown, path: string): Profile {
  const { url, username, token, tokenExpiresAt } = (value ?? {}) as Record<string, unknown>;
  if (typeof url !== "string" || typeof username !== "string") throw damaged(path);
  if (typeof token !== "string" || typeof tokenExpiresAt !== "number") throw damaged(path);
  return { url, username, token, tokenExpiresAt };
}

function damaged(path: string): CommandFailure {
  return new CommandFailure(`${path} is damaged: remove it and run \`breakwater login\``);
}
