import { inspect } from "node:util";
import { toVisible } from "./terminal.ts";

/** A command that could not do its work; the message says why and what to do. Exit code 1. */
export class CommandFailure extends Error {
  override name = "CommandFailure";
}

/** The server gave no answer at all. */
export class UnreachableError extends CommandFailure {}

/** Arguments or settings that make no sense together. Exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** What is told on stderr (undefined: it was told already) and the exit code. */
export type Explanation = { message: string | undefined; exitCode: number };

/** Turns anything thrown by a command into one message for people and an exit code. */
export function explainFailure(error: unknown): Explanation {
  if (!(error instanceof Error)) return { message: inspect(error), exitCode: 1 };
  // By name: the modules of the server and the command parser are loaded by the commands that need them.
  switch (error.name) {
    case "CommanderError":
      return explainParserExit(error as Error & { code?: string; exitCode?: number });
    case "UsageError":
    case "ConfigError":
      return { message: error.message, exitCode: 2 };
    case "CommandFailure":
    case "DatabaseSetupError":
      return { message: error.message, exitCode: 1 };
    case "ApiError":
      return { message: explainRefusal(error as Error & { status?: number }), exitCode: 1 };
    default:
      return { message: explainSystemError(error as NodeJS.ErrnoException), exitCode: 1 };
  }
}

/** The parser has printed its message; asking for help or the version is no failure. */
function explainParserExit(error: { code?: string; exitCode?: number }): Explanation {
  const wasAsked = error.code === "commander.helpDisplayed" || error.code === "commander.version";
  return { message: undefined, exitCode: wasAsked ? 0 : 2 };
}

function explainRefusal(error: Error & { status?: number }): string {
  if (error.status === 401 && !error.message.startsWith("wrong ")) {
    return `${toVisible(error.message)}: log in again with \`breakwater login\``;
  }
  return toVisible(error.message);
}

function explainSystemError(error: NodeJS.ErrnoException & { port?: number; address?: string }): string {
  if (error.code === "EADDRINUSE") {
    return `${error.address ?? "the address"} port ${error.port ?? ""} is in use: stop what listens there, or choose another with --port`;
  }
  if (error.code !== undefined && error.syscall !== undefined) return error.message;
  return `unexpected failure; please report it with these lines\n${error.stack ?? error.message}`;
}
