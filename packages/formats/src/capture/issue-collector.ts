import type { CaptureEvent, Issue } from "../records.ts";
import { LIMITS } from "./limits.ts";

/** Tells the first issues of each code and counts the rest: a damaged file must not become a million rows. */
export class IssueCollector {
  readonly #events: CaptureEvent[];
  readonly #counts = new Map<string, { level: Issue["level"]; count: number }>();

  constructor(events: CaptureEvent[]) {
    this.#events = events;
  }

  add(issue: Issue): void {
    if (issue.fatal) {
      this.#events.push({ type: "issue", issue });
      return;
    }
    const entry = this.#counts.get(issue.code) ?? { level: issue.level, count: 0 };
    entry.count += 1;
    this.#counts.set(issue.code, entry);
    if (entry.count <= LIMITS.maxIssuesPerCode) this.#events.push({ type: "issue", issue });
  }

  /** Tells how many were not told one by one. */
  finish(): void {
    for (const [code, { level, count }] of this.#counts) {
      const untold = count - LIMITS.maxIssuesPerCode;
      if (untold <= 0) continue;
      const message = `${untold} more issues of this kind were counted but not listed.`;
      this.#events.push({ type: "issue", issue: { level, code, where: "end of file", message, count: untold } });
    }
  }
}
