import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFormat, type FormatKind } from "./new-format.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
let copy: string;

/** A copy of what a format is built on, so that nothing is written here. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "breakwater-format-"));
  for (const path of ["package.json", "tsconfig.json", "vitest.config.ts", "packages/formats/package.json"])
    cpSync(join(ROOT, path), join(copy, path));
  for (const folder of ["json", "xml", "scanners/kit"])
    cpSync(join(ROOT, "packages/formats/src", folder), join(copy, "packages/formats/src", folder), { recursive: true });
  for (const file of ["records.ts", "utf8-check.ts"])
    cpSync(join(ROOT, "packages/formats/src", file), join(copy, "packages/formats/src", file));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // Where packages find what is installed for them alone.
  const own = join(ROOT, "packages/formats/node_modules");
  if (existsSync(own)) symlinkSync(own, join(copy, "packages/formats/node_modules"));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function runTest(name: string) {
  const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", `packages/formats/src/scanners/${name}/`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("new:format", () => {
  it.each<FormatKind>(["json", "csv", "xml"])("writes a %s format whose test fails until it is mapped", (kind) => {
    const name = `acme-${kind}`;
    const { files, next } = createFormat(copy, name, kind);
    for (const file of files) expect(existsSync(join(copy, file))).toBe(true);
    expect(next).toContain(`id: "${name}"`);
    const before = runTest(name);
    expect(before.output).toContain(`${name}-not-mapped`);
    expect(before.status).not.toBe(0);

    const parser = join(copy, "packages/formats/src/scanners", name, "index.ts");
    const finding =
      'out.finding({ name: "host1" }, { id: "RULE-1", title: "Demo rule", severity: 4 }, { instance: null }, where);';
    writeFileSync(parser, readFileSync(parser, "utf8").replace(/out\.refuse\(.*\);/, finding));
    const after = runTest(name);
    expect(after.output).toContain("1 passed");
    expect(after.status).toBe(0);
  });

  it("refuses names that are none, and such as are taken", () => {
    for (const name of ["", "Acme", "../acme", "acme_scan", "-acme"])
      expect(() => createFormat(copy, name, "json")).toThrow("kebab-case");
    expect(() => createFormat(copy, "kit", "json")).toThrow("is there already");
  });
});
