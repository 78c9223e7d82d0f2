import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { TrendDay } from "../schemas/trend.ts";

/** Counts and scores day by day: etm.md 2 and 5. */
export const etmTrendGet = defineOperation({
  id: "etm.trend.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/trend" },
  summary: "Show the trend",
  description:
    "One snapshot a day, of the subscription or of a tag with those below it. A caller with a scope gives one of its tags, or none when one tag covers the whole scope: the counts of several tags cannot be added up, since assets may carry more than one.",
  access: { permission: "ETM API Access" },
  query: Type.Object({
    from: Type.Optional(Type.String({ format: "date", maxLength: 10, description: "Default: 29 days before `to`" })),
    to: Type.Optional(Type.String({ format: "date", maxLength: 10, description: "Default: today" })),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "Name of a tag" })),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "Every day from the first to the last", schema: Type.Array(TrendDay) } },
});
