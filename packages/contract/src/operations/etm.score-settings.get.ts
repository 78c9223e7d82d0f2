import { defineOperation } from "../operation.ts";
import { ScoreSettings } from "../schemas/score-settings.ts";

/** Weights and classes of asset scores: etm.md 5. */
export const etmScoreSettingsGet = defineOperation({
  id: "etm.score-settings.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/score-settings" },
  summary: "Look at the score settings",
  access: { permission: "ETM API Access" },
  responses: { 200: { description: "The settings", schema: ScoreSettings } },
});
