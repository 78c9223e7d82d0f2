import type { TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";

/** What the `filter` of business-entity lists may use. */
export const entityTable: TokenTable = {
  id: "entities",
  title: "Business entities",
  description: "For the `filter` and `sort` of business-entity lists.",
  tokens: [
    token("entity.name", "text", "Name of the tag.", "entity.name:plant*"),
    token("entity.criticality", "integer", "Criticality of the tag from 1 to 5.", "entity.criticality>=4"),
    token("entity.riskScore", "number", "Mean of its assets' risk scores.", "entity.riskScore>=700"),
    token("entity.riskBand", "keyword", "Class of its risk score.", "entity.riskBand:CRITICAL", {
      values: ["CRITICAL", "HIGH", "MEDIUM", "LOW"],
      storedCase: "upper",
    }),
    token("entity.assetCount", "integer", "Assets that carry the tag or one below it.", "entity.assetCount>0"),
    token("entity.findingCount", "integer", "Open findings of its assets.", "entity.findingCount>0"),
  ],
  groups: [],
  foreign: [],
};
