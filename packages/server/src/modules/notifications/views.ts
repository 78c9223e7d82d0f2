import type { Caller } from "../../caller.ts";
import type { NoteRow } from "./store.ts";

/** Who wrote it is told to the operator's own people only: nothing crosses a subscription (platform.md 3). */
export function toReleaseNote(row: NoteRow, { isOperator }: Caller) {
  return {
    id: row.id,
    title: row.title,
    text: row.text,
    link: row.link,
    date: row.published_at.toISOString(),
    createdBy: isOperator ? row.created_by : "operator",
  };
}
