import { Type } from "typebox";

const Weight = Type.Number({ minimum: 0, maximum: 10 });
const Floor = Type.Integer({ minimum: 1, maximum: 1000 });

export const SCORE_SETTINGS = {
  weights: Type.Object(
    { critical: Weight, high: Weight, medium: Weight, low: Weight },
    { description: "Of the bands of findings in the score of their asset" },
  ),
  bands: Type.Object(
    { critical: Floor, high: Floor, medium: Floor },
    { description: "Lowest score of an asset in each class; below them all it is low" },
  ),
};

/** How the scores of a subscription's assets are made: etm.md 5. */
export const ScoreSettings = Type.Object({
  ...SCORE_SETTINGS,
  isRescoring: Type.Boolean({ description: "Stored scores are being brought up to date" }),
});
