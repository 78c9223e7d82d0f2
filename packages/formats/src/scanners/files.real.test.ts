import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const DATA = fileURLToPath(new URL("../../../../../shared/data/scans/", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
/** What counted apart from our code. */
const COUNTED_BY = /\/\/.*\b(grep|jq|xmllint|awk|wc|Python)\b/;

const folders = existsSync(DATA) ? readdirSync(DATA) : [];
const files = folders.flatMap((folder) => readdirSync(DATA + folder).map((file) => [folder, file] as const));

describe.skipIf(files.length === 0)("real files (skipped without shared/data/scans)", () => {
  it.each(files)("%s/%s is imported by a test, with a count made apart from our code", (folder, file) => {
    const tests = globSync(`${HERE}${folder}/*.real.test.ts`).map((path) => readFileSync(path, "utf8").split("\n"));
    const isNamed = (line: string) => line.includes(file) && !line.trim().startsWith("//");
    expect(tests.some((lines) => lines.some(isNamed) && lines.some((line) => COUNTED_BY.test(line)))).toBe(true);
  });
});
