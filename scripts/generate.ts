import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  OPERATIONS,
  renderErrorReference,
  renderOperationReference,
  renderPermissionReference,
} from "@breakwater/contract";
import { renderTokenReference } from "@breakwater/domain/query/index";

/**
 * Writes docs/reference from the tables that the product itself runs on; with `--check` only compares, and exits 1 on
 * drift. `npm run build` runs it.
 */
const PAGES: Readonly<Record<string, () => string>> = {
  "docs/reference/operations.md": () => renderOperationReference(OPERATIONS),
  "docs/reference/errors.md": renderErrorReference,
  "docs/reference/permissions.md": renderPermissionReference,
  "docs/reference/tokens.md": renderTokenReference,
};

const isCheck = process.argv.includes("--check");
for (const [path, render] of Object.entries(PAGES)) {
  const wanted = render();
  if (isCheck) {
    if (readText(path) !== wanted) {
      console.error(`${path} does not match the code; run "npm run build" and commit the result`);
      process.exitCode = 1;
    }
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, wanted);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
