import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

/** An asset as the ETM module shows it. */
export const EtmAsset = Type.Object({
  id: Type.String({ description: "As `asset.internalAssetId` of a finding" }),
  uuid: Uuid,
  name: Type.String(),
  operatingSystem: Type.Union([Type.String(), Type.Null()]),
  criticalityScore: Type.Integer({ minimum: 1, maximum: 5 }),
  truRiskScore: Type.Integer({ minimum: 0, maximum: 1000 }),
  findingCount: Type.Integer({ description: "Open findings" }),
  isInternetFacing: Type.Boolean(),
  isOt: Type.Boolean(),
  ipAddresses: Type.Array(Type.String()),
  macAddresses: Type.Array(Type.String()),
  hostNames: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  sources: Type.Array(Type.String()),
  created: Type.Integer({ description: "Epoch milliseconds" }),
  lastUpdated: Type.Integer({ description: "Epoch milliseconds" }),
});
