import { Reckoning, type ScoreReason } from "./reckoning.ts";

/** A CVSS score as sources give it. */
export type CvssInput = { version: "2.0" | "3.0" | "3.1" | "4.0"; score: number | null };

/** What a detection score is made from. What is undefined is not known; that is not the same as `false` or 0. */
export type DetectionInput = {
  cvss: readonly CvssInput[];
  /** Of the CVE record: counts where it has a better version than the source. */
  recordCvss?: readonly CvssInput[];
  /** 1 to 5: counts where there is no CVSS score. */
  severity: number;
  isExploitAvailable?: boolean | null;
  /** EPSS probability of exploitation in the next 30 days, 0..1. */
  epss?: number | null;
  isKnownExploited?: boolean | null;
  ssvcExploitation?: "none" | "poc" | "active" | null;
  /** The source, or a person, says that something stands before it: status PROTECTED. */
  isProtected?: boolean;
  /** Risk rules that the finding matches, in the order in which they act. */
  rules?: readonly MatchedRule[];
};

/** What a risk rule does to a score: multiplies it, or adds to it. */
export type ScoreEffect = { kind: "FACTOR" | "POINTS"; value: number };

/** A risk rule that a finding matches. */
export type MatchedRule = { name: string; reason: string; effect: ScoreEffect };

export type DetectionScore = { qds: number; reasons: ScoreReason[] };

const BEST_FIRST = ["4.0", "3.1", "3.0", "2.0"] as const;

/** The numbers of the score, for whoever reckons it elsewhere: the database does, for many findings at once. */
export const SCORE_POINTS = {
  /** Of a CVSS score point: CVSS alone reaches 80, High; Critical needs a sign that the flaw is used. */
  perCvss: 8,
  /** Severity 1 to 5 as the CVSS score in the middle of its range. */
  cvssOfSeverity: [0.5, 2, 5.5, 8, 9.5],
  exploit: 12,
  poc: 8,
  active: 20,
  /** Whatever its CVSS, what is known to be used by attackers is Critical. */
  activeFloor: 90,
  epss: 15,
  /** What is mitigated scores half: a finding that would be Critical is Medium, and still seen. */
  protected: 0.5,
} as const;

/**
 * Detection score 1..100 of a finding, with its reasons (bands: Critical 90, High 70, Medium 40, Low 1).
 *
 * base = 8 x the CVSS score of the best version that the source or the CVE record has (4.0, else 3.1, 3.0, 2.0; of one
 *   version the source's), else a score for the severity
 * + the strongest sign of exploitation: in use (CISA KEV, SSVC active) 20 and at least 90, exploit public 12, proof of
 *   concept (SSVC poc) 8
 * + 15 x the square root of EPSS; rounded, within 1..100.
 *
 * Then, where it is PROTECTED or risk rules match: x 0.5 if PROTECTED; each rule in its order, x its factor or + its points,
 * with nothing rounded or bounded in between; in the end rounded, within 1..100.
 */
export function detectionScore(input: DetectionInput): DetectionScore {
  const reckoning = new Reckoning();
  const base = baseReason(input);
  reckoning.add(base.points, base.factor, base.detail);
  const exploitation = exploitationReason(input);
  if (exploitation) reckoning.add(exploitation.points, exploitation.factor, exploitation.detail);
  if (input.epss != null) {
    const points = SCORE_POINTS.epss * Math.sqrt(Math.min(1, Math.max(0, input.epss)));
    reckoning.add(points, "epss", `EPSS ${input.epss}`);
  }
  const isActive = exploitation?.points === SCORE_POINTS.active;
  settle(reckoning, isActive ? SCORE_POINTS.activeFloor : 1);
  if (input.isProtected) {
    const factor = SCORE_POINTS.protected;
    reckoning.step(reckoning.value * factor, "mitigation", `mitigated: x ${factor}`);
  }
  for (const { name, reason, effect } of input.rules ?? []) {
    const next = effect.kind === "FACTOR" ? reckoning.value * effect.value : reckoning.value + effect.value;
    const sign = effect.kind === "FACTOR" ? "x " : effect.value > 0 ? "+" : "";
    reckoning.step(next, "rule", `rule ${JSON.stringify(name)}: ${sign}${effect.value} (${reason})`);
  }
  settle(reckoning, 1);
  return { qds: reckoning.value, reasons: reckoning.reasons };
}

/** Rounds half up, as the database does it, and keeps within the bounds. */
function settle(reckoning: Reckoning, floor: number): void {
  reckoning.round(Math.floor(reckoning.value + 0.5));
  const { value } = reckoning;
  if (value < floor) reckoning.step(floor, "floor", `at least ${floor}`);
  if (value > 100) reckoning.step(100, "ceiling", "at most 100");
}

/** The score of the best version among those given; undefined when none has a score. */
export function bestCvss(cvss: readonly CvssInput[]): { version: CvssInput["version"]; score: number } | undefined {
  for (const version of BEST_FIRST) {
    const scores = cvss.flatMap((item) => (item.version === version && item.score !== null ? [item.score] : []));
    if (scores.length > 0) return { version, score: Math.min(10, Math.max(0, Math.max(...scores))) };
  }
  return undefined;
}

function baseReason(input: DetectionInput): ScoreReason {
  const own = bestCvss(input.cvss);
  const record = bestCvss(input.recordCvss ?? []);
  const isOfRecord = record !== undefined && (own === undefined || record.version > own.version);
  const best = isOfRecord ? record : own;
  if (best) {
    const origin = isOfRecord ? " of the CVE record" : "";
    const points = best.score * SCORE_POINTS.perCvss;
    return { factor: "cvss", points, detail: `CVSS ${best.version} score ${best.score}${origin}` };
  }
  const score = SCORE_POINTS.cvssOfSeverity[input.severity - 1] ?? 0;
  const points = score * SCORE_POINTS.perCvss;
  return { factor: "severity", points, detail: `severity ${input.severity}, no CVSS score` };
}

function exploitationReason(input: DetectionInput): ScoreReason | undefined {
  const { active, exploit, poc } = SCORE_POINTS;
  if (input.isKnownExploited) return { factor: "kev", points: active, detail: "listed in CISA KEV" };
  if (input.ssvcExploitation === "active") {
    return { factor: "ssvc", points: active, detail: "SSVC exploitation: active" };
  }
  if (input.isExploitAvailable) return { factor: "exploit", points: exploit, detail: "an exploit is available" };
  if (input.ssvcExploitation === "poc") {
    return { factor: "ssvc", points: poc, detail: "SSVC exploitation: proof of concept" };
  }
  return undefined;
}
