import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ReleaseNote } from "../schemas/release-note.ts";

/** A release note for the feed and for webhooks: platform.md 6. */
export const adminReleaseNoteCreate = defineOperation({
  id: "admin.release-note.create",
  method: "POST",
  versions: { "1.0": "/admin/1.0/release-note/create" },
  summary: "Publish a release note",
  access: { permission: "Version Management Access", isForOperator: true },
  body: {
    kind: "json",
    schema: Type.Object({
      title: Type.String({ minLength: 1, maxLength: 200 }),
      text: Type.String({ minLength: 1, maxLength: 20_000, description: "Plain text; shown as it stands" }),
      link: Type.Optional(Type.String({ maxLength: 2000, description: "http or https" })),
      date: Type.Optional(
        Type.String({ maxLength: 40, description: "2026-01-01 or an RFC 3339 time, not in the future; default: now" }),
      ),
    }),
  },
  responses: { 201: { description: "The note", schema: ReleaseNote } },
});
