import { Type } from "typebox";

/** A tag and how many assets carry it. */
export const Tag = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  parent: Type.Union([Type.String(), Type.Null()]),
  criticality: Type.Union([Type.Integer(), Type.Null()]),
  rule: Type.Union([Type.String(), Type.Null()]),
  assetCount: Type.Integer(),
  created: Type.String({ format: "date-time" }),
});
