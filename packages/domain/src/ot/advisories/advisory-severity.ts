import type { AdvisoryScore } from "./advisory.ts";

/** The score that counts: of the newest version. */
export function bestScore(scores: readonly AdvisoryScore[]): AdvisoryScore | null {
  return scores
    .filter(({ score }) => score > 0)
    .reduce<AdvisoryScore | null>((best, score) => (best && best.version > score.version ? best : score), null);
}

/** 1..5 by the bands of CVSS; 3 where nothing was rated. */
export function severityOfScores(scores: readonly AdvisoryScore[]): 1 | 2 | 3 | 4 | 5 {
  const best = bestScore(scores);
  if (best === null) return 3;
  if (best.score >= 9) return 5;
  if (best.score >= 7) return 4;
  return best.score >= 4 ? 3 : 2;
}
