import { describe, expect, it, test } from "vitest";
import { cvss4BaseScore } from "./index.ts";

describe("the base score of CVSS 4.0", () => {
  // Vectors of public advisories and of the specification's calculator, with the scores given there.
  it.each([
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", 8.7],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10],
    ["CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 8.5],
    ["CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 1],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0],
  ])("%s is %d", (vector, score) => expect(cvss4BaseScore(vector)).toBe(score));

  it("does not change with threat, environmental and supplemental metrics", () => {
    const base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:L";
    expect(cvss4BaseScore(`${base}/E:U/CR:L/MSI:S/S:P/AU:Y/R:U/V:C`)).toBe(cvss4BaseScore(base));
  });

  it.each([
    "",
    "CVSS:4.0",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N",
    "CVSS:4.0/AV:X/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    "CVSS:4.0/AV:N/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:S/SA:N",
    "CVSS:4.0/AV:/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    "CVSS:4.0/constructor:N",
  ])("%j has none", (vector) => expect(cvss4BaseScore(vector)).toBeNull());
});

test("all 104,976 base vectors together have the scores that other implementations give them", () => {
  const metrics: readonly (readonly [string, string])[] = [
    ...[["AV", "NALP"] as const, ["AC", "LH"] as const, ["AT", "NP"] as const, ["PR", "NLH"] as const],
    ...["UI", "VC", "VI", "VA", "SC", "SI", "SA"].map((name) => [name, name === "UI" ? "NPA" : "HLN"] as const),
  ];
  const vectors = metrics.reduce(
    (starts, [name, values]) => starts.flatMap((start) => [...values].map((value) => `${start}/${name}:${value}`)),
    ["CVSS:4.0"],
  );
  const bands = { critical: 0, high: 0, medium: 0, low: 0, none: 0 };
  let tenths = 0;
  for (const vector of vectors) {
    const score = cvss4BaseScore(vector)!;
    tenths += Math.round(score * 10);
    bands[score >= 9 ? "critical" : score >= 7 ? "high" : score >= 4 ? "medium" : score > 0 ? "low" : "none"]++;
  }
  expect(vectors).toHaveLength(104_976);
  expect({ tenths, ...bands }).toEqual({
    tenths: 5_964_883,
    critical: 2_557,
    high: 29_278,
    medium: 57_559,
    low: 15_438,
    none: 144,
  });
});
