/** Values of each base metric, the most severe first (specification, 2). */
const METRICS: Readonly<Record<string, string>> = {
  AV: "NALP",
  AC: "LH",
  AT: "NP",
  PR: "NLH",
  UI: "NPA",
  VC: "HLN",
  VI: "HLN",
  VA: "HLN",
  SC: "HLN",
  SI: "HLN",
  SA: "HLN",
};

/** Impact on the vulnerable system: level of EQ3 and of EQ6. All security requirements are high in a base score. */
const IMPACTS = ["00", "01", "10", "11", "21"] as const;
type Impact = (typeof IMPACTS)[number];

/**
 * Highest score of each MacroVector that a base score can need (specification, 7.4, and the table published with it), with
 * EQ5 at 0: by EQ1 and EQ2, then {@link IMPACTS}, then EQ4 1 and 2.
 */
const SCORES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  "00": [
    [10, 9.3],
    [9.6, 9],
    [9.3, 8.8],
    [9.2, 8],
    [7.9, 6.9],
  ],
  "01": [
    [9.5, 9.2],
    [9.1, 8.1],
    [9.2, 8.4],
    [8.2, 7],
    [7.1, 6.3],
  ],
  "10": [
    [9.4, 8.7],
    [8.9, 7.5],
    [8.6, 7.2],
    [7.6, 5.7],
    [6.5, 5.3],
  ],
  "11": [
    [9, 7.7],
    [7.7, 6.6],
    [7.4, 6.1],
    [5.9, 5.2],
    [5.8, 2.3],
  ],
  "20": [
    [8.6, 7],
    [7.4, 5.4],
    [7.2, 5.3],
    [5.7, 3.6],
    [4.7, 2.4],
  ],
  "21": [
    [7.3, 5.4],
    [5.5, 4.3],
    [6.1, 4.6],
    [5.1, 1.8],
    [2.4, 1],
  ],
};

/** Of each level: steps that its most severe vector is below the top, and steps down to the next level. */
type Level = readonly [top: number, steps: number];
const LEVELS_EQ1: readonly Level[] = [
  [0, 1],
  [1, 4],
  [3, 5],
];
const LEVELS_EQ2: readonly Level[] = [
  [0, 1],
  [1, 2],
];
const LEVELS_IMPACT: Readonly<Partial<Record<Impact, Level>>> = { "00": [0, 7], "10": [1, 8], "21": [3, 10] };
const LEVELS_EQ4: readonly Level[] = [
  [0, 5],
  [3, 4],
];
/** The MacroVectors with the next lower impact. */
const LOWER_IMPACTS: Readonly<Partial<Record<Impact, readonly Impact[]>>> = { "00": ["01", "10"], "10": ["11"] };

/**
 * The base score (CVSS-B) that a vector of CVSS 4.0 stands for; null for any other text. Metrics other than the base ones
 * do not change it. Source: FIRST, CVSS v4.0 specification, 8.2 (MacroVectors and interpolation between them).
 */
export function cvss4BaseScore(vector: string): number | null {
  const read = readSteps(vector);
  if (read === null) return null;
  const steps = (...names: string[]) => names.reduce((sum, name) => sum + read.get(name)!, 0);
  const isTop = (...names: string[]) => names.some((name) => read.get(name) === 0);
  if (steps("VC", "VI", "VA", "SC", "SI", "SA") === 12) return 0;

  const eq1 = steps("AV", "PR", "UI") === 0 ? 0 : isTop("AV", "PR", "UI") && read.get("AV") !== 3 ? 1 : 2;
  const eq2 = steps("AC", "AT") === 0 ? 0 : 1;
  const impact = steps("VC", "VI") === 0 ? "00" : isTop("VC", "VI", "VA") ? "10" : "21";
  const eq4 = isTop("SC", "SI", "SA") ? 0 : 1;
  const value = scoreOf(eq1, eq2, impact, eq4)!;
  const lowerImpacts = (LOWER_IMPACTS[impact] ?? []).map((lower) => scoreOf(eq1, eq2, lower, eq4)!);
  const ways = [
    [scoreOf(eq1 + 1, eq2, impact, eq4), steps("AV", "PR", "UI"), LEVELS_EQ1[eq1]!],
    [scoreOf(eq1, eq2 + 1, impact, eq4), steps("AC", "AT"), LEVELS_EQ2[eq2]!],
    [
      lowerImpacts.length === 0 ? undefined : Math.max(...lowerImpacts),
      steps("VC", "VI", "VA"),
      LEVELS_IMPACT[impact]!,
    ],
    [scoreOf(eq1, eq2, impact, eq4 + 1), steps("SC", "SI", "SA"), LEVELS_EQ4[eq4]!],
  ] as const;
  // EQ5 has a next lower level too, at no distance: exploits count as known.
  let count = 1;
  let sum = 0;
  for (const [lower, own, [top, depth]] of ways) {
    if (lower === undefined) continue;
    count++;
    sum += ((value - lower) * (own - top)) / depth;
  }
  return Math.round((Math.min(10, Math.max(0, value - sum / count)) + 1e-6) * 10) / 10;
}

function scoreOf(eq1: number, eq2: number, impact: Impact, eq4: number): number | undefined {
  return SCORES[`${eq1}${eq2}`]?.[IMPACTS.indexOf(impact)]?.[eq4];
}

/** Steps of each base metric below its most severe value; null where one is missing, repeated or has no such value. */
function readSteps(vector: string): Map<string, number> | null {
  const [label, ...metrics] = vector.split("/");
  if (label !== "CVSS:4.0") return null;
  const steps = new Map<string, number>();
  for (const metric of metrics) {
    const [name = "", value = ""] = metric.split(":");
    const values = Object.hasOwn(METRICS, name) ? METRICS[name]! : null;
    if (values === null) continue;
    if (value.length !== 1 || !values.includes(value) || steps.has(name)) return null;
    steps.set(name, values.indexOf(value));
  }
  return steps.size === Object.keys(METRICS).length ? steps : null;
}
