import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

/** A release note of the operator, as the feed shows it. */
export const ReleaseNote = Type.Object({
  id: Uuid,
  title: Type.String(),
  text: Type.String(),
  link: Type.Union([Type.String(), Type.Null()]),
  date: Type.String({ format: "date-time" }),
  createdBy: Type.String({ description: "User name; `operator` for callers of other subscriptions" }),
});

export const ReleaseNoteParams = Type.Object({ noteId: Uuid });
