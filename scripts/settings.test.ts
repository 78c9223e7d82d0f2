import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const NAME = /\b(?:BREAKWATER_[A-Z_]*[A-Z]|DATABASE_URL)\b/g;
const namesIn = (paths: readonly string[]) =>
  new Set(paths.flatMap((path) => readFileSync(path, "utf8").match(NAME) ?? []));

const known = namesIn(["packages/server/src/config/env.ts"]);

test("every setting that a guide or a deployment names is one", () => {
  const named = namesIn(["README.md", ...globSync("docs/guide/*.md"), ...globSync("deploy/*")]);
  expect(named.size).toBeGreaterThan(20);
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});

test("every setting stands in a guide", () => {
  const guides = namesIn(globSync("docs/guide/*.md"));
  expect([...known].filter((name) => !guides.has(name))).toEqual([]);
});
