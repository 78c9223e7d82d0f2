import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

/** Everything that is checked without running the product. Runs all, then fails if any failed. */
const CHECKS: readonly [name: string, run: () => boolean][] = [
  ["types", () => run("tsc", ["-p", "tsconfig.json"])],
  ["types of the console", () => run("tsc", ["-p", "packages/console"])],
  ["format and lint", () => run("biome", ["ci", "--colors=off", "."])],
  ["imports", checkImports],
  ["dead code", () => run("knip", [])],
  ["licences", () => run("node", ["scripts/licences.ts"])],
  ["generated references", () => run("node", ["scripts/generate.ts", "--check"])],
  ["generated parser", () => run("node", ["scripts/generate-grammar.ts", "--check"])],
  ["schema dump", () => run("node", ["scripts/dump-schema.ts", "--check"])],
];

const failed = CHECKS.filter(([name, check]) => {
  console.log(`— ${name}`);
  return !check();
});
if (failed.length > 0) {
  console.error(`failed: ${failed.map(([name]) => name).join(", ")}`);
  process.exitCode = 1;
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "inherit" }).status === 0;
}

/** A cruiser that silently sees nothing passes everything: it must have seen every source file. */
function checkImports(): boolean {
  const folders = ["packages", "conformance", "bench", "scripts"];
  const result = spawnSync("depcruise", [...folders, "--config", "--output-type", "json"], {
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
  });
  const { modules, summary } = JSON.parse(
    result.stdout || '{"modules":[],"summary":{"violations":[]}}',
  ) as CruiseResult;
  const cruised = new Set(modules.map((module) => module.source));
  const sources = globSync(folders.map((folder) => `${folder}/**/*.{ts,tsx}`)).filter(
    (path) => !path.includes("node_modules/") && !path.includes(".gen."),
  );
  const missed = sources.filter((path) => !cruised.has(path));
  for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`);
  if (missed.length > 0) console.error(`not looked at: ${missed.length} files, e.g. ${missed.slice(0, 3).join(", ")}`);
  if (sources.length === 0) console.error("no source files found");
  console.log(`${cruised.size} modules, ${summary.violations.length} violations`);
  return sources.length > 0 && missed.length === 0 && summary.violations.length === 0;
}

type CruiseResult = {
  modules: { source: string }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
};
