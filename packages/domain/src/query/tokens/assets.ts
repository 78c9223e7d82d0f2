import type { TokenTable } from "../token-table.ts";
import { assetTokens } from "./asset-tokens.ts";
import { findingTokens } from "./finding-tokens.ts";

/** What `assetQql`, filters of asset lists and tag rules may use. */
export const assetTable: TokenTable = {
  id: "assets",
  title: "Assets",
  description: "For `assetQql`, the `filter` of asset lists and rule-based tags.",
  tokens: assetTokens,
  groups: [
    {
      name: "asset.interface",
      kind: "elements",
      documentation: "One network interface.",
      example: "asset.interface:(address:10.0.0.0/8 and hostname:db*)",
    },
    {
      name: "software",
      kind: "elements",
      documentation: "One installed product.",
      example: "software:(name:OpenSSL and version:`3.0.7`)",
    },
  ],
  foreign: [
    {
      tokens: findingTokens,
      message:
        "It is a finding token, and this is a query of assets; findings are asked for in findingsQql, or in the filter of a list of findings.",
    },
  ],
};
