import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Platform } from "../schemas/platform.ts";

/** This installation and its sisters: platform.md 7. An HTML page for browsers. */
export const platformsList = defineOperation({
  id: "platforms.list",
  method: "GET",
  versions: { "1.0": "/platforms" },
  summary: "List platforms",
  access: "public",
  hasCountHeader: true,
  responses: { 200: { description: "This installation first", schema: Type.Array(Platform) } },
});
