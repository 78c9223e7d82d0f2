import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

const Text = Type.Union([Type.String(), Type.Null()]);
const Time = Type.String({ format: "date-time", description: "ISO 8601, UTC" });
const MaybeTime = Type.Union([Time, Type.Null()]);
const Score = Type.Union([Type.Number({ minimum: 0, maximum: 10 }), Type.Null()]);
const StatusName = Type.Enum(["NEW", "ACTIVE", "FIXED", "REOPENED"]);
const TypeDetected = Type.Enum(["Confirmed", "Potential"]);

/** Why a vulnerability of an advisory is one of the host (ot.md 3). */
export const MatchEvidence = Type.Object({
  cveId: Text,
  verdict: Type.Enum(["affected", "undecidable"]),
  productId: Type.String({ description: "Of the advisory's product tree" }),
  product: Type.String(),
  matchedBy: Type.Enum([
    "order-number",
    "catalog-number",
    "catalog-range",
    "product-line",
    "product-family",
    "product-name",
  ]),
  key: Type.String(),
  place: Type.Union([Type.String(), Type.Null()], { description: "Module of the host; null: the host itself" }),
  installedVersion: Text,
  statedVersions: Text,
  comparison: Type.String(),
});

/** One OT vulnerability of one host (ot.md 1.2). */
export const OtDetection = Type.Object({
  uuid: Uuid,
  qid: Type.Integer({ minimum: 9_000_000 }),
  title: Type.String(),
  cveIds: Type.Array(Type.String()),
  severity: Type.Integer({ minimum: 1, maximum: 5 }),
  criticality: Type.Enum(["CRITICAL", "HIGH", "MEDIUM", "LOW"]),
  typeDetected: TypeDetected,
  status: StatusName,
  vulnCategory: Type.String(),
  threatIntel: Type.Array(Type.String()),
  firstDetected: Time,
  lastDetected: Time,
  lastFixed: MaybeTime,
  cvssBase: Score,
  cvss3Base: Score,
  cvss4Base: Score,
  qds: Type.Union([Type.Integer({ minimum: 1, maximum: 100 }), Type.Null()]),
  advisory: Type.Object({ id: Type.String(), title: Type.String(), url: Text }),
  solution: Type.String(),
  threat: Type.String(),
  impact: Type.String(),
  evidence: Type.Array(MatchEvidence),
  asset: Type.Object({ assetId: Type.Integer(), name: Type.String(), ipAddress: Type.Array(Type.String()) }),
});

/** What became of a detection, oldest first. */
export const OtDetectionHistory = Type.Object({
  history: Type.Array(
    Type.Object({
      date: Time,
      status: StatusName,
      typeDetected: TypeDetected,
      cveIds: Type.Array(Type.String()),
      reason: Type.Union([Type.String(), Type.Null()], {
        description: "Why it ended, or what made it come back or change; null where it began",
      }),
    }),
  ),
});

/** One imported advisory (ot.md 1, own addition). */
export const OtAdvisory = Type.Object({
  qid: Type.Integer({ minimum: 9_000_000 }),
  id: Type.String(),
  title: Type.String(),
  url: Text,
  publisher: Type.String(),
  version: Type.String(),
  isFinal: Type.Boolean({ description: "A draft is listed, not matched" }),
  withdrawal: Type.Union([Type.String(), Type.Null()], {
    description: "Why the publisher took it back; such an advisory is listed, not matched. Null: it stands",
  }),
  releasedDate: Time,
  updatedDate: Time,
  importedDate: Time,
  cveIds: Type.Array(Type.String()),
  productCount: Type.Integer({ description: "Products of which it says something; 0 while it is not matched" }),
  recognizableProductCount: Type.Integer({
    description:
      "Products that a number, a line or a family tells: hosts are matched with the others by their name at best",
  }),
  detectionCount: Type.Integer({ description: "Open detections on the hosts of the caller's scope" }),
});
