import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Make one asset of two: etm.md 4. The inverse of `etm.asset.split`. */
export const etmAssetMerge = defineOperation({
  id: "etm.asset.merge",
  method: "POST",
  versions: { "1.0": "/etm/1.0/asset/:assetId/merge" },
  summary: "Merge another asset into this one",
  description:
    "Sources, identifiers, tags and findings of the other asset become this one's, and the other is gone; findings that both have become one. That they were taken apart is forgotten. Of OT hosts evidence, project files and what advisories say of them unite too. Refused (409) while an import of either is under way.",
  access: { permission: "Import Findings Access" },
  params: Type.Object({ assetId: Type.String({ maxLength: 20 }) }),
  body: {
    kind: "json",
    schema: Type.Object({ assetId: Type.String({ maxLength: 20, description: "The other asset" }) }),
  },
  responses: { 204: { description: "They are one" } },
});
