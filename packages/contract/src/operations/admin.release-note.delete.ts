import { defineOperation } from "../operation.ts";
import { ReleaseNoteParams } from "../schemas/release-note.ts";

/** Takes a release note out of the feed: platform.md 6. */
export const adminReleaseNoteDelete = defineOperation({
  id: "admin.release-note.delete",
  method: "DELETE",
  versions: { "1.0": "/admin/1.0/release-note/:noteId" },
  summary: "Delete a release note",
  access: { permission: "Version Management Access", isForOperator: true },
  params: ReleaseNoteParams,
  responses: { 204: { description: "Deleted" } },
});
