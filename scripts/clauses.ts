import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One row of conformance/clauses.md. */
export type Clause = { page: string; section: string; text: string; cell: string };

/** Why a clause is not covered. */
export type Gap = { clause: Clause; reason: string };

/** The numbered sections of the contract's pages: each needs a row. The command line has names instead of numbers. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  platform: ["1", "2.1", "2.2", "2.3", "3", "4.1", "4.2", "4.3", "5", "6", "7", "8", "9"],
  etm: ["1", "1.1", "1.2", "1.3", "1.4", "1.5", "2", "3", "4", "5", "6"],
  ot: ["1", "1.1", "1.2", "2.1", "2.2", "2.3", "3"],
  qql: ["1", "2"],
  cli: [],
};

const root = fileURLToPath(new URL("../", import.meta.url));

/** The rows of clauses.md by page. */
export function readClauses(markdown: string): Clause[] {
  let page = "";
  const clauses: Clause[] = [];
  for (const line of markdown.split("\n")) {
    page = /^## (\w+)$/.exec(line)?.[1] ?? page;
    const [, text, cell] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? [];
    if (!text || !cell || text === "clause" || text.startsWith("---")) continue;
    clauses.push({ page, text, cell, section: /^\d+(\.\d+)*/.exec(text)?.[0] ?? "" });
  }
  return clauses;
}

/**
 * Clauses without a test: rows marked *later*, rows whose tests do not exist or do not cite their section, and numbered
 * sections without a row.
 */
export function findGaps(clauses: readonly Clause[], readTests: (path: string) => string[]): Gap[] {
  const gaps = clauses.flatMap((clause): Gap[] => {
    const reason = explainGap(clause, readTests);
    return reason === undefined ? [] : [{ clause, reason }];
  });
  for (const [page, sections] of Object.entries(SECTIONS)) {
    for (const section of sections) {
      if (clauses.some((clause) => clause.page === page && clause.section === section)) continue;
      gaps.push({ clause: { page, section, text: section, cell: "" }, reason: "no row" });
    }
  }
  return gaps;
}

function explainGap({ page, section, cell }: Clause, readTests: (path: string) => string[]): string | undefined {
  const later = /later: .*/.exec(cell)?.[0];
  if (later) return later;
  const paths = [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path as string);
  const tests = paths.flatMap(readTests);
  if (tests.length === 0) return `no test file is called ${paths.join(", ") || "anything"}`;
  const isOverHttp = paths.some((path) => !path.startsWith("packages/") && path !== "bench");
  // What cannot be tried over HTTP is tested beside the code, whose tests are named after the code.
  if (!isOverHttp || section === "") return undefined;
  const cites = tests.some((text) => new RegExp(`["\`]${page} ${section.replace(".", "\\.")}[ .\\[]`).test(text));
  return cites ? undefined : `no test of ${paths.join(", ")} begins with "${page} ${section}"`;
}

/** The texts of the test files that a path of clauses.md stands for: a file, a folder, or the beginning of a name. */
export function readTestFiles(path: string): string[] {
  const base = path.startsWith("packages/") || path === "bench" ? path : `conformance/src/${path}`;
  const patterns = [base, `${base}/**/*.test.ts`, `${base}*.test.ts`, ...(path === "bench" ? ["bench/src/*.ts"] : [])];
  const files = globSync(patterns, { cwd: root }).filter((file) => /\.ts$/.test(file));
  return files.map((file) => readFileSync(`${root}${file}`, "utf8"));
}

/** `node scripts/clauses.ts [PAGE]`: lists the clauses without a test; exit 1 when there are any. */
if (import.meta.main) {
  const [page] = process.argv.slice(2);
  const clauses = readClauses(readFileSync(`${root}conformance/clauses.md`, "utf8"));
  const gaps = findGaps(clauses, readTestFiles).filter(({ clause }) => page === undefined || clause.page === page);
  for (const { clause, reason } of gaps) console.log(`${clause.page}: ${clause.text} — ${reason}`);
  console.log(`${gaps.length} clauses without a test`);
  process.exitCode = gaps.length === 0 ? 0 : 1;
}
