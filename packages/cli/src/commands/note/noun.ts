import { adminReleaseNoteList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type ReleaseNote = ResultOf<typeof adminReleaseNoteList>[number];

export const NOTES: Noun<ReleaseNote> = {
  one: "release note",
  many: "release notes",
  columns: [
    ["Title", (entry) => entry.title],
    ["Date", (entry) => entry.date],
    ["Link", (entry) => entry.link],
    ["By", (entry) => entry.createdBy],
    ["Id", (entry) => entry.id],
  ],
  readAll: async (session) => (await session.call(adminReleaseNoteList)).json(),
  namesOf: (entry) => [entry.title, entry.id],
};
