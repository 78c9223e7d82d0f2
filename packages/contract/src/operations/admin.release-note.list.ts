import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ReleaseNote } from "../schemas/release-note.ts";

/** Release notes that the feed carries beside the shipped ones: platform.md 6. */
export const adminReleaseNoteList = defineOperation({
  id: "admin.release-note.list",
  method: "GET",
  versions: { "1.0": "/admin/1.0/release-note/list" },
  summary: "List release notes of the operator",
  access: { permission: "Version Management Access" },
  hasCountHeader: true,
  responses: { 200: { description: "The newest 1000, newest first", schema: Type.Array(ReleaseNote) } },
});
