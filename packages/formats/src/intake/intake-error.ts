import type { Issue } from "../records.ts";

/** The bytes below a member cannot be read on; carries what to tell about it. */
export class IntakeError extends Error {
  readonly issue: Issue;
  /** True once the issue stands among a member's events, so that it is not told twice. */
  isTold = false;

  constructor(issue: Issue) {
    super(issue.message);
    this.name = "IntakeError";
    this.issue = issue;
  }
}

export function fatal(code: string, where: string, message: string): IntakeError {
  return new IntakeError({ level: "refused", code, where, message, fatal: true });
}
