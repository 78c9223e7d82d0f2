import type { Issue } from "@breakwater/formats/records";

const MAX_CHARS = 2_000;

/** An issue as it is stored: its texts may quote the file, so they are cut and made well-formed. */
export function toStorableIssue(issue: Issue): Issue {
  return { ...issue, where: toText(issue.where), message: toText(issue.message) };
}

function toText(text: string): string {
  return text.slice(0, MAX_CHARS).toWellFormed().replaceAll("\0", "\uFFFD");
}
