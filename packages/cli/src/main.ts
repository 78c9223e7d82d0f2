import { explainFailure } from "./failure.ts";
import { createProgram } from "./program.ts";
import { complain } from "./terminal.ts";

/**
 * Runs one command and sets `process.exitCode`: 0 done, 1 failed, 2 wrong usage.
 *
 * @param argv arguments without the two that name runtime and script
 */
export async function main(argv: string[]): Promise<void> {
  // A reader that has seen enough (`… | head`) closes the pipe: no failure, and nobody is left to be told.
  process.stdout.on("error", leaveClosedPipe);
  process.stderr.on("error", leaveClosedPipe);
  try {
    await createProgram().parseAsync(argv, { from: "user" });
  } catch (error) {
    const { message, exitCode } = explainFailure(error);
    if (message !== undefined) complain(message);
    process.exitCode = exitCode;
  }
}

function leaveClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
}
