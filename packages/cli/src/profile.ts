import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { readEnvironment } from "@breakwater/server/config/env";
import { CommandFailure } from "./failure.ts";

/** What `breakwater login` keeps of one server: where, who (a user or an API client), and the token. */
export type Profile = {
  url: string;
  username?: string;
  clientId?: string;
  token: string;
  /** Epoch ms. */
  tokenExpiresAt: number;
};

/** More servers than anybody works with. */
const MOST_PROFILES = 50;

/** `$XDG_CONFIG_HOME/breakwater/profile.json`, by default under `~/.config`. */
export function profilePath(): string {
  return join(readEnvironment().configHome ?? join(homedir(), ".config"), "breakwater", "profile.json");
}

/** The kept profiles, one a server, that of the last log-in first. */
export async function readProfiles(): Promise<Profile[]> {
  const path = profilePath();
  try {
    return toProfiles(JSON.parse(await readFile(path, "utf8")), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    if (error instanceof SyntaxError) throw damaged(path);
    throw error;
  }
}

/** Keeps a profile in place of what there was for its server, readable by this account only; answers the file's path. */
export async function keepProfile(profile: Profile): Promise<string> {
  const others = (await readProfiles()).filter(({ url }) => url !== profile.url);
  const path = profilePath();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // A new file that takes the old one's place: an older one may have wider permissions, or be read at this moment.
  const temporary = `${path}.${process.pid}`;
  const text = JSON.stringify({ profiles: [profile, ...others].slice(0, MOST_PROFILES) }, null, 2);
  await writeFile(temporary, `${text}\n`, { mode: 0o600, flag: "wx" });
  await rename(temporary, path);
  return path;
}

function toProfiles(value: unknown, path: string): Profile[] {
  const { profiles } = (value ?? {}) as { profiles?: unknown };
  if (!Array.isArray(profiles)) throw damaged(path);
  return profiles.map((profile) => toProfile(profile, path));
}

function toProfile(value: unknown, path: string): Profile {
  const { url, username, clientId, token, tokenExpiresAt } = (value ?? {}) as Record<string, unknown>;
  if (typeof url !== "string" || typeof token !== "string" || typeof tokenExpiresAt !== "number") throw damaged(path);
  if (typeof username === "string") return { url, username, token, tokenExpiresAt };
  if (typeof clientId === "string") return { url, clientId, token, tokenExpiresAt };
  throw damaged(path);
}

function damaged(path: string): CommandFailure {
  return new CommandFailure(`${path} is damaged: remove it and run \`breakwater login\``);
}
