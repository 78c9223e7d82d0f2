import { Type } from "typebox";
import { REPORT_STATUSES } from "./report.ts";
import { RhythmBody } from "./rhythm.ts";
import { Uuid } from "./uuid.ts";

const Millis = Type.Integer({ description: "Epoch milliseconds" });
const MaybeMillis = Type.Union([Millis, Type.Null()]);
const Qql = Type.String({ maxLength: 65_536 });

export const ScheduleParams = Type.Object({ scheduleId: Uuid });

/** What can be chosen of a schedule; its reports have its name and description. */
export const SCHEDULE_SETTINGS = {
  name: Type.String({ minLength: 1, maxLength: 200, description: "Visible characters, as in a user name" }),
  description: Type.String({ maxLength: 5000 }),
  reportFormat: Type.String({
    maxLength: 20,
    description: "JSON, CSV, JSONL, PARQUET, SARIF, CYCLONEDX or OPENVEX",
  }),
  assetQql: Qql,
  findingsQql: Qql,
  rhythm: RhythmBody,
  isEnabled: Type.Boolean(),
};

/** A report that is made again and again, on behalf of whoever set it up. */
export const ReportSchedule = Type.Object({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  reportFormat: Type.String(),
  assetQql: Type.String(),
  findingsQql: Type.String(),
  rhythm: RhythmBody,
  isEnabled: Type.Boolean(),
  createdBy: Type.String({ description: "Whose permissions and scope its reports have" }),
  createdDate: Millis,
  nextRunDate: MaybeMillis,
  lastRunDate: MaybeMillis,
  lastReport: Type.Union([
    Type.Object({ id: Uuid, status: Type.Enum(REPORT_STATUSES), recordCount: Type.Integer() }),
    Type.Null(),
  ]),
  lastFault: Type.Union([Type.String(), Type.Null()], { description: "Why the last run made no report" }),
});
