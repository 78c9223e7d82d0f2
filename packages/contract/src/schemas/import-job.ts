import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

const MaybeMillis = Type.Union([Type.Integer({ description: "Epoch milliseconds" }), Type.Null()]);

/** Issues by which a feed was not taken in as a whole: what it does not list is believed not to be listed. */
export const BROKEN_FEED_ISSUES: readonly string[] = ["feed-incomplete", "feed-from-future"];
/** Formats of feeds: where not all issues of one are listed, such an issue may be among the others. */
export const FEED_FORMATS: readonly string[] = ["kev", "epss", "cve"];

/** What an import did, counted while it ran. */
export const ImportCounts = Type.Object({
  recordsRead: Type.Integer(),
  findingsNew: Type.Integer(),
  findingsUpdated: Type.Integer(),
  findingsReopened: Type.Integer(),
  findingsFixed: Type.Integer(),
  findingsUnchanged: Type.Integer(),
  assetsNew: Type.Integer(),
  assetsMerged: Type.Integer(),
  hostsNew: Type.Integer(),
  hostsUpdated: Type.Integer(),
  recordsRefused: Type.Integer(),
  warnings: Type.Integer(),
});

/** One import and its result (etm.md 4). */
export const ImportJob = Type.Object({
  id: Uuid,
  status: Type.Enum(["REQUESTED", "IN_PROGRESS", "COMPLETED", "FAILED"]),
  fileName: Type.Union([Type.String(), Type.Null()]),
  format: Type.Union([Type.String(), Type.Null()]),
  connection: Type.Union([Type.String(), Type.Null()]),
  createdBy: Type.String(),
  createdDate: Type.Integer(),
  startedDate: MaybeMillis,
  completedDate: MaybeMillis,
  progress: Type.Integer({ minimum: 0, maximum: 100 }),
  counts: ImportCounts,
  message: Type.Union([Type.String(), Type.Null()]),
  issues: Type.Array(
    Type.Object({
      level: Type.Enum(["refused", "warning"]),
      code: Type.String(),
      location: Type.String(),
      message: Type.String(),
    }),
  ),
});
