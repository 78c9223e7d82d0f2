import type { NoteRow } from "./store.ts";

export function toReleaseNote(row: NoteRow) {
  return {
    id: row.id,
    title: row.title,
    text: row.text,
    link: row.link,
    date: row.published_at.toISOString(),
    createdBy: row.created_by,
  };
}
