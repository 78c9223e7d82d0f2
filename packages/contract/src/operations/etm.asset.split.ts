import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { EtmAsset, IDENTIFIER_KINDS } from "../schemas/etm-asset.ts";

/** Take an asset apart that two things were merged into: etm.md 4, merges are reversible. */
export const etmAssetSplit = defineOperation({
  id: "etm.asset.split",
  method: "POST",
  versions: { "1.0": "/etm/1.0/asset/:assetId/split" },
  summary: "Take an asset apart",
  description:
    "Makes a new asset of what some of its sources say, with their findings. It stays apart whatever these sources tell later, until the two are merged. Named are the sources' connections, or identifiers: then the sources that know the asset by these alone. Identifiers that only they told go with them. An OT host is taken apart by identifiers alone: what was told at their addresses goes with them. Refused (409) while an import of the asset is under way.",
  access: { permission: "Import Findings Access" },
  params: Type.Object({ assetId: Type.String({ maxLength: 20 }) }),
  body: {
    kind: "json",
    schema: Type.Object({
      connections: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description: "Names" }),
      ),
      identifiers: Type.Optional(
        Type.Array(
          Type.Object({
            kind: Type.Enum(IDENTIFIER_KINDS),
            value: Type.String({ minLength: 1, maxLength: 255 }),
            network: Type.Optional(Type.String({ maxLength: 255 })),
          }),
          { maxItems: 100, description: "As `explanation.identifiers` of the asset shows them" },
        ),
      ),
    }),
  },
  responses: { 201: { description: "The new asset", schema: EtmAsset } },
});
