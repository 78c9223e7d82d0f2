import { Reckoning, type ScoreReason } from "./reckoning.ts";

/** Bands of the detection score, worst first. */
export const QDS_BANDS = ["critical", "high", "medium", "low"] as const;
export type QdsBand = (typeof QDS_BANDS)[number];

/** Lowest detection score of each band. */
export const QDS_BAND_FLOOR: Readonly<Record<QdsBand, number>> = { critical: 90, high: 70, medium: 40, low: 1 };

export type RiskWeights = Readonly<Record<QdsBand, number>>;

/** Defaults of the settings; etm.md 5. */
export const DEFAULT_RISK_WEIGHTS: RiskWeights = { critical: 1, high: 0.6, medium: 0.4, low: 0.2 };

/** Lowest score of an asset in each class, by default; below them it is low. etm.md 5. */
export const ASSET_RISK_FLOORS: Readonly<Record<Exclude<QdsBand, "low">, number>> = {
  critical: 850,
  high: 700,
  medium: 500,
};

/** Open findings of an asset by band: how many, and the mean of their detection scores. */
export type BandTotals = Partial<Readonly<Record<QdsBand, { count: number; average: number }>>>;

export type AssetRiskInput = {
  /** 1 to 5. */
  criticality: number;
  isInternetFacing: boolean;
  bands: BandTotals;
};

export const DEFAULT_CRITICALITY = 2;
const MAX_RISK = 1000;
const INTERNET_FACTOR = 1.2;

/**
 * Risk of an asset, 0..1000, whole: `MIN(criticality x internet x SUM(weight x average x count^0.01), 1000)` over the
 * bands (etm.md 5). Findings that are fixed or accepted must not be in the totals.
 */
export function assetRisk(input: AssetRiskInput, weights: RiskWeights = DEFAULT_RISK_WEIGHTS): number {
  let sum = 0;
  for (const band of QDS_BANDS) {
    const totals = input.bands[band];
    if (totals && totals.count > 0) sum += weights[band] * totals.average * totals.count ** 0.01;
  }
  const risk = input.criticality * (input.isInternetFacing ? INTERNET_FACTOR : 1) * sum;
  return Math.round(Math.min(risk, MAX_RISK));
}

/** The steps to {@link assetRisk}: what each band adds, then the factors of the asset. */
export function explainAssetRisk(input: AssetRiskInput, weights: RiskWeights = DEFAULT_RISK_WEIGHTS): ScoreReason[] {
  const { criticality, isInternetFacing, bands } = input;
  const reckoning = new Reckoning();
  for (const band of QDS_BANDS) {
    const { count, average } = bands[band] ?? { count: 0, average: 0 };
    if (count === 0) continue;
    const detail = `${count} findings of mean score ${Number(average.toFixed(2))}: ${weights[band]} x mean x ${count}^0.01`;
    reckoning.add(weights[band] * average * count ** 0.01, band, detail);
  }
  reckoning.step(reckoning.value * criticality, "criticality", `criticality: x ${criticality}`);
  if (isInternetFacing) {
    reckoning.step(reckoning.value * INTERNET_FACTOR, "internet", `internet-facing: x ${INTERNET_FACTOR}`);
  }
  if (reckoning.value > MAX_RISK) reckoning.step(MAX_RISK, "ceiling", `at most ${MAX_RISK}`);
  reckoning.round(assetRisk(input, weights));
  return reckoning.reasons;
}

/** The band of a detection score. */
export function qdsBand(qds: number): QdsBand {
  return QDS_BANDS.find((band) => qds >= QDS_BAND_FLOOR[band]) ?? "low";
}
