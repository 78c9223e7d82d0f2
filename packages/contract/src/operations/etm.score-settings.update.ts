import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { SCORE_SETTINGS, ScoreSettings } from "../schemas/score-settings.ts";

/** Weights and classes of asset scores: etm.md 5. */
export const etmScoreSettingsUpdate = defineOperation({
  id: "etm.score-settings.update",
  method: "PUT",
  versions: { "1.0": "/etm/1.0/score-settings" },
  summary: "Change the score settings",
  description:
    "Members that are absent stay as they are; null sets a group back to its defaults. All assets of the subscription are scored anew, which `isRescoring` tells; it needs a scope over all assets.",
  access: { permission: "Subscription Management Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      weights: Type.Optional(Type.Union([Type.Partial(SCORE_SETTINGS.weights), Type.Null()])),
      bands: Type.Optional(Type.Union([Type.Partial(SCORE_SETTINGS.bands), Type.Null()])),
    }),
  },
  responses: { 200: { description: "The settings", schema: ScoreSettings } },
});
