import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs all tests (`npm test`; arguments go to vitest) and ends with one line that machines can read:
 * `N passed, N failed`, with `, N skipped` when there are any.
 */
const folder = mkdtempSync(join(tmpdir(), "breakwater-results-"));
const resultFile = join(folder, "results.json");
const { status } = spawnSync(
  "vitest",
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${resultFile}`, ...process.argv.slice(2)],
  { stdio: "inherit" },
);
const counts = readCounts();
rmSync(folder, { recursive: true, force: true });
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = status === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;

/** A suite that could not be loaded counts as one failed test; so does a run that ended without results. */
function readCounts(): { passed: number; failed: number; skipped: number } {
  try {
    const results = JSON.parse(readFileSync(resultFile, "utf8")) as Record<string, number>;
    const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numFailedTestSuites = 0 } = results;
    const failed = numFailedTests === 0 && (numFailedTestSuites > 0 || status !== 0) ? 1 : numFailedTests;
    return { passed: numPassedTests, failed, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
