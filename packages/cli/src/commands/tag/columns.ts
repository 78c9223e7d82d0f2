import type { Columns } from "../../output.ts";

/** A tag as the API shows it. */
export type Tag = {
  name: string;
  parent: string | null;
  criticality: number | null;
  rule: string | null;
  assetCount: number;
};

export const TAG_COLUMNS: Columns<Tag> = [
  ["Tag", (tag) => tag.name],
  ["Parent", (tag) => tag.parent],
  ["Criticality", (tag) => tag.criticality],
  ["Rule", (tag) => tag.rule],
  ["Assets", (tag) => tag.assetCount],
];
