import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** What findings can be counted by. */
export const FINDING_GROUPS = [
  "severity",
  "criticality",
  "status",
  "category",
  "product",
  "cve",
  "check",
  "asset",
  "tag",
  "connection",
] as const;

/** Counts of findings by a member: etm.md 2. */
export const etmFindingStats = defineOperation({
  id: "etm.finding.stats",
  method: "GET",
  versions: { "1.0": "/etm/1.0/finding/stats" },
  summary: "Count findings by a member",
  description: "Largest groups first. With `groupBy=tag` or `connection` a finding counts in each of its groups.",
  access: { permission: "ETM API Access" },
  query: Type.Object({
    groupBy: Type.Enum(FINDING_GROUPS),
    filter: Type.Optional(Type.String({ maxLength: 65_536, description: "QQL query over findings" })),
    assetFilter: Type.Optional(Type.String({ maxLength: 65_536, description: "QQL query over assets" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "Default 50" })),
  }),
  hasCountHeader: true,
  responses: {
    200: {
      description: "Groups; the `count` header is the number of groups in all",
      schema: Type.Array(
        Type.Object({
          value: Type.Union([Type.String(), Type.Integer(), Type.Null()]),
          assetId: Type.Optional(Type.String({ description: "With `groupBy=asset`: several may have one name" })),
          findings: Type.Integer(),
          assets: Type.Integer({ description: "Assets that have any of them" }),
        }),
      ),
    },
  },
});
