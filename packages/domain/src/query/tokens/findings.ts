import type { TokenTable } from "../token-table.ts";
import { assetTokens } from "./asset-tokens.ts";
import { findingTokens } from "./finding-tokens.ts";

/** What `findingsQql`, `findingFilter.qql` and filters of finding lists may use. */
export const findingTable: TokenTable = {
  id: "findings",
  title: "Findings",
  description: "For `findingsQql`, `findingFilter.qql` and the `filter` of finding lists.",
  tokens: findingTokens,
  groups: [
    {
      name: "finding",
      kind: "record",
      documentation: "The finding: its prefix written once.",
      example: "finding:(severity:5 and status:NEW)",
    },
  ],
  foreign: [
    {
      tokens: assetTokens,
      message:
        "It is an asset token, and this is a query of findings; assets are asked for in assetQql, or in the assetFilter of a list of findings.",
    },
  ],
};
