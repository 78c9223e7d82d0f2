/** Weights of CVSS 3.1 (specification, 7.4); those of PR depend on the scope. */
const WEIGHTS: Readonly<Record<string, number>> = {
  "AV:N": 0.85,
  "AV:A": 0.62,
  "AV:L": 0.55,
  "AV:P": 0.2,
  "AC:L": 0.77,
  "AC:H": 0.44,
  "PR:N": 0.85,
  "UI:N": 0.85,
  "UI:R": 0.62,
  ...Object.fromEntries(["C", "I", "A"].flatMap((name) => [`${name}:H`, `${name}:L`, `${name}:N`].map(toImpact))),
};

function toImpact(metric: string): [string, number] {
  return [metric, metric.endsWith("H") ? 0.56 : metric.endsWith("L") ? 0.22 : 0];
}

const PRIVILEGES: Readonly<Record<string, readonly [unchanged: number, changed: number]>> = {
  "PR:L": [0.62, 0.68],
  "PR:H": [0.27, 0.5],
};

/** The base score that a vector of CVSS 3.0 or 3.1 stands for (specification, 7.1); null for any other text. */
export function baseScoreOf(vector: string): number | null {
  if (!/^CVSS:3\.[01]\//.test(vector)) return null;
  const metrics = new Map(vector.split("/").map((metric) => [metric.split(":")[0] ?? "", metric]));
  const isChanged = metrics.get("S") === "S:C";
  if (!isChanged && metrics.get("S") !== "S:U") return null;
  const weight = (name: string): number => {
    const metric = metrics.get(name) ?? "";
    const privilege = Object.hasOwn(PRIVILEGES, metric) ? PRIVILEGES[metric] : undefined;
    if (privilege) return privilege[isChanged ? 1 : 0];
    return Object.hasOwn(WEIGHTS, metric) ? (WEIGHTS[metric] as number) : Number.NaN;
  };
  const subScore = 1 - (1 - weight("C")) * (1 - weight("I")) * (1 - weight("A"));
  const impact = isChanged ? 7.52 * (subScore - 0.029) - 3.25 * (subScore - 0.02) ** 15 : 6.42 * subScore;
  const exploitability = 8.22 * weight("AV") * weight("AC") * weight("PR") * weight("UI");
  const score = impact <= 0 ? 0 : roundUp(Math.min((isChanged ? 1.08 : 1) * (impact + exploitability), 10));
  return Number.isNaN(subScore + exploitability) ? null : score;
}

/** To one decimal, upwards, in integers as the specification says (appendix A), so that 4.02 does not become 4.1 by chance. */
function roundUp(value: number): number {
  const integer = Math.round(value * 100_000);
  return integer % 10_000 === 0 ? integer / 100_000 : (Math.floor(integer / 10_000) + 1) / 10;
}
