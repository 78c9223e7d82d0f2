import { adminTagList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type Tag = ResultOf<typeof adminTagList>[number];

export const TAGS: Noun<Tag> = {
  one: "tag",
  many: "tags",
  columns: [
    ["Tag", (tag) => tag.name],
    ["Parent", (tag) => tag.parent],
    ["Criticality", (tag) => tag.criticality],
    ["Rule", (tag) => tag.rule],
    ["Assets", (tag) => tag.assetCount],
  ],
  readAll: async (session) => (await session.call(adminTagList)).json(),
  namesOf: (tag) => [tag.name, String(tag.id)],
};
