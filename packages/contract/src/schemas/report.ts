import { Type } from "typebox";
import { orNull } from "./nullable.ts";
import { Uuid } from "./uuid.ts";

const Millis = Type.Integer({ description: "Epoch milliseconds" });
const MaybeMillis = Type.Union([Millis, Type.Null()]);

export const REPORT_STATUSES = ["REQUESTED", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "EXPIRED"] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

/** Formats that this version writes. */
export const REPORT_FORMATS = ["JSON", "CSV", "JSONL", "PARQUET", "SARIF", "CYCLONEDX", "OPENVEX"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A findings report and its state (etm.md 1.2): flat, never an envelope. */
export const Report = Type.Object({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  status: Type.Enum(REPORT_STATUSES),
  reportFormat: Type.String(),
  resources: Type.Array(Type.String({ description: "Name of a part, safe in a URL" })),
  createdDate: Millis,
  startedDate: MaybeMillis,
  completedDate: MaybeMillis,
  expiresDate: MaybeMillis,
  recordCount: Type.Integer(),
  progress: Type.Integer({ minimum: 0, maximum: 100 }),
  message: Type.Optional(Type.String()),
  createdBy: Type.String(),
});

/** Both bodies in use (etm.md 1.1); unknown members are ignored, and null is as if left out. */
export const ReportRequest = Type.Object({
  reportFormat: Type.String({ description: "JSON, CSV, JSONL, PARQUET, SARIF, CYCLONEDX or OPENVEX" }),
  name: Type.Optional(orNull(Type.String({ maxLength: 500 }))),
  reportName: Type.Optional(orNull(Type.String({ maxLength: 500 }))),
  description: Type.Optional(orNull(Type.String({ maxLength: 5000 }))),
  assetQql: Type.Optional(orNull(Type.String())),
  findingsQql: Type.Optional(orNull(Type.String())),
  findingFilter: Type.Optional(orNull(Type.Object({ qql: Type.Optional(orNull(Type.String())) }))),
});
