import { Type } from "typebox";
import { RISK_BANDS } from "./entity.ts";
import { ScoreReason } from "./finding.ts";
import { Uuid } from "./uuid.ts";

/** An asset as the ETM module shows it. */
export const EtmAsset = Type.Object({
  id: Type.String({ description: "As `asset.internalAssetId` of a finding" }),
  uuid: Uuid,
  name: Type.String(),
  operatingSystem: Type.Union([Type.String(), Type.Null()]),
  criticalityScore: Type.Integer({ minimum: 1, maximum: 5 }),
  truRiskScore: Type.Integer({ minimum: 0, maximum: 1000 }),
  truRiskBand: Type.Enum(RISK_BANDS, { description: "Class of the score, by the score settings" }),
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

/** Kinds of identifier, strongest first. */
export const IDENTIFIER_KINDS = [
  "agent-id",
  "cloud-instance-id",
  "bios-uuid",
  "serial-number",
  "mac",
  "fqdn",
  "ip",
  "source-name",
] as const;

const Identifier = Type.Object({
  kind: Type.Enum(IDENTIFIER_KINDS),
  value: Type.String(),
  network: Type.String({
    description: "Where the value is unique; empty for hardware, save what OT sources tell in a network with a name",
  }),
});

/** Why an asset is one: what it is known by, and by what each source was recognised; and why it has its score. */
export const AssetExplanation = Type.Object({
  score: Type.Array(ScoreReason, { description: "Steps to `truRiskScore`, whose points add up to it" }),
  identifiers: Type.Array(
    Type.Interface([Identifier], {
      claimed: Type.Integer({ description: "Epoch milliseconds of the sight that told it first" }),
    }),
  ),
  sources: Type.Array(
    Type.Object({
      connection: Type.String(),
      source: Type.String({ description: "Product" }),
      rule: Type.Union([Type.Enum(IDENTIFIER_KINDS), Type.Null()], {
        description: "Kind of identifier that decided; null: the asset was made from its word",
      }),
      matchedBy: Type.Union([Type.String(), Type.Null()]),
      identifiers: Type.Array(Identifier, { description: "What it told last to know the asset by" }),
      firstSeen: Type.Integer({ description: "Epoch milliseconds" }),
    }),
  ),
  apart: Type.Array(
    Type.Object({
      assetId: Type.String(),
      connections: Type.Array(Type.String(), { description: "Whose word was taken out" }),
      isPart: Type.Boolean({ description: "This asset was taken out of that one" }),
      createdBy: Type.String(),
      created: Type.Integer({ description: "Epoch milliseconds" }),
    }),
    { description: "Assets that somebody keeps apart from this one" },
  ),
});
