import { Type } from "typebox";
import { RhythmBody } from "./rhythm.ts";
import { Uuid } from "./uuid.ts";

const MaybeDateTime = Type.Union([Type.String({ format: "date-time" }), Type.Null()]);

export const FolderPath = Type.String({
  minLength: 1,
  maxLength: 500,
  description: "Within the directory that the operator gives to the subscription, such as plant-north/scans",
});

/** The folder that a connection's files come from, and what the last look at it brought. */
export const ConnectionFolder = Type.Object({
  connectionId: Type.Integer(),
  folder: Type.String(),
  rhythm: RhythmBody,
  nextPoll: Type.String({ format: "date-time" }),
  lastPoll: MaybeDateTime,
  importedCount: Type.Integer({ description: "Files whose import the last look began" }),
  waitingCount: Type.Integer({ description: "Files that it left for a later one: still growing, or too many at once" }),
  lastFault: Type.Union([Type.String(), Type.Null()], { description: "Why the last look failed" }),
  failedImports: Type.Array(
    Type.Object({
      importId: Uuid,
      fileName: Type.String(),
      date: Type.String({ format: "date-time", description: "When it came in" }),
      message: Type.String(),
    }),
    {
      description:
        "Imports of its files within seven days that failed, or of a feed were not taken in as a whole; newest first, at most 10, and of files of one name the newest only. Empty without a scope over all assets",
    },
  ),
});
