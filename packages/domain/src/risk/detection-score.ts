/** A CVSS score as sources give it. */
export type CvssInput = { version: "2.0" | "3.0" | "3.1" | "4.0"; score: number | null };

/** What a detection score is made from. What is undefined is not known; that is not the same as `false` or 0. */
export type DetectionInput = {
  cvss: readonly CvssInput[];
  /** Of the CVE record: counts where the source gave no score. */
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

/** One step of the reckoning, in the order it was made. */
export type ScoreReason = { factor: string; points: number; detail: string };

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
 * base = 8 x the best CVSS score of the source (4.0, else 3.1, 3.0, 2.0), else of the CVE record, else a score for the
 *   severity
 * + the strongest sign of exploitation: in use (CISA KEV, SSVC active) 20 and at least 90, exploit public 12, proof of
 *   concept (SSVC poc) 8
 * + 15 x the square root of EPSS; rounded, within 1..100.
 *
 * Then, where it is PROTECTED or risk rules match: x 0.5 if PROTECTED; each rule in its order, x its factor or + its points,
 * with nothing rounded or bounded in between; in the end rounded, within 1..100.
 */
export function detectionScore(input: DetectionInput): DetectionScore {
  const own = ownScore(input);
  if (!input.isProtected && !input.rules?.length) return own;
  const reasons = [...own.reasons];
  let value: number = own.qds;
  const step = (next: number, factor: string, detail: string) => {
    reasons.push({ factor, points: next - value, detail });
    value = next;
  };
  if (input.isProtected) {
    const factor = SCORE_POINTS.protected;
    step(value * factor, "mitigation", `mitigated: x ${factor}`);
  }
  for (const { name, reason, effect } of input.rules ?? []) {
    const next = effect.kind === "FACTOR" ? value * effect.value : value + effect.value;
    const sign = effect.kind === "FACTOR" ? "x " : effect.value > 0 ? "+" : "";
    step(next, "rule", `rule ${JSON.stringify(name)}: ${sign}${effect.value} (${reason})`);
  }
  return { qds: bounded(Math.floor(value + 0.5), 1, reasons), reasons };
}

/** The score by the flaw and its exploitation alone. */
function ownScore(input: DetectionInput): DetectionScore {
  const base = baseReason(input);
  const reasons = [base];
  const exploitation = exploitationReason(input);
  if (exploitation) reasons.push(exploitation);
  if (input.epss != null) {
    const points = SCORE_POINTS.epss * Math.sqrt(Math.min(1, Math.max(0, input.epss)));
    reasons.push({ factor: "epss", points, detail: `EPSS ${input.epss}` });
  }
  // Half up, as the database does it.
  const sum = Math.floor(reasons.reduce((total, { points }) => total + points, 0) + 0.5);
  const isActive = exploitation?.points === SCORE_POINTS.active;
  return { qds: bounded(sum, isActive ? SCORE_POINTS.activeFloor : 1, reasons), reasons };
}

/** Notes among the reasons where a bound decides. */
function bounded(sum: number, floor: number, reasons: ScoreReason[]): number {
  const qds = Math.min(100, Math.max(floor, sum));
  if (qds > sum) reasons.push({ factor: "floor", points: qds - sum, detail: `at least ${qds}` });
  if (qds < sum) reasons.push({ factor: "ceiling", points: qds - sum, detail: "at most 100" });
  return qds;
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
  const best = own ?? bestCvss(input.recordCvss ?? []);
  if (best) {
    const origin = own ? "" : " of the CVE record";
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
