import { Type } from "typebox";

/** A tag and how many assets carry it. */
export const Tag = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  parent: Type.Union([Type.String(), Type.Null()]),
  criticality: Type.Union([Type.Integer(), Type.Null()]),
  rule: Type.Union([Type.String(), Type.Null()]),
  assetCount: Type.Integer({ description: "Assets of the caller's scope that carry the tag itself" }),
  created: Type.String({ format: "date-time" }),
});

export const TagParams = Type.Object({ tagId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });

export const TagName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: "Visible at both ends, without control or other invisible characters",
});

export const TagRule = Type.String({
  minLength: 1,
  maxLength: 262_144,
  description: "QQL over assets: whatever matches carries the tag, now and after every import",
});

export const Criticality = Type.Integer({ minimum: 1, maximum: 5 });

export const ParentName = Type.String({ minLength: 1, maxLength: 200, description: "Name of the parent tag" });

export const AssetIds = Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), {
  maxItems: 10_000,
});
