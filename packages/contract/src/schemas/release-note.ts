import { Type } from "typebox";

/** A release note of the operator, as the feed shows it. */
export const ReleaseNote = Type.Object({
  id: Type.String({ format: "uuid" }),
  title: Type.String(),
  text: Type.String(),
  link: Type.Union([Type.String(), Type.Null()]),
  date: Type.String({ format: "date-time" }),
  createdBy: Type.String({ description: "User name; `operator` for callers of other subscriptions" }),
});

export const ReleaseNoteParams = Type.Object({ noteId: Type.String({ format: "uuid" }) });
