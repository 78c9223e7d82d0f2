import { type RawBuilder, sql } from "kysely";

type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

export type NoteRow = {
  id: string;
  title: string;
  text: string;
  link: string | null;
  published_at: Date;
  created_by: string;
};

// Release notes concern the installation: they belong to no subscription.

export async function listNotes(db: Runner, limit: number): Promise<NoteRow[]> {
  const { rows } = await sql<NoteRow>`
    SELECT id, title, text, link, published_at, created_by FROM release_note
    ORDER BY published_at DESC, id LIMIT ${limit}`.execute(db);
  return rows;
}

export async function insertNote(tx: Runner, note: Omit<NoteRow, "id">): Promise<NoteRow> {
  const { rows } = await sql<NoteRow>`
    INSERT INTO release_note (title, text, link, published_at, created_by)
    VALUES (${note.title}, ${note.text}, ${note.link}, ${note.published_at}, ${note.created_by})
    RETURNING id, title, text, link, published_at, created_by`.execute(tx);
  return rows[0] as NoteRow;
}

/** @returns the title of what was deleted; undefined when there was nothing */
export async function deleteNote(db: Runner, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ title: string }>`DELETE FROM release_note WHERE id = ${id} RETURNING title`.execute(db);
  return rows[0]?.title;
}

/** When what the feed is made from changed last, epoch ms; 0 before the first change. */
export async function readFeedChange(db: Runner): Promise<number> {
  const { rows } = await sql<{ changed_at: Date }>`SELECT changed_at FROM feed_state`.execute(db);
  return rows[0]?.changed_at.getTime() ?? 0;
}
