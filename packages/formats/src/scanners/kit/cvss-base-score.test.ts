import { describe, expect, it } from "vitest";
import { baseScoreOf } from "./cvss-base-score.ts";

describe("baseScoreOf", () => {
  // Examples of the CVSS 3.1 guide and of published CVEs, with the scores that NVD gives.
  it.each([
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
    ["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4],
    ["CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1],
    ["CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2],
    ["CVSS:3.1/AV:A/AC:H/PR:H/UI:N/S:U/C:H/I:N/A:N", 4.2],
    ["CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0],
    ["CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H", 9.1],
  ])("%s is %d", (vector, score) => {
    expect(baseScoreOf(vector)).toBe(score);
  });

  it.each([
    "",
    "AV:N/AC:L/Au:N/C:P/I:N/A:N",
    "CVSS:4.0/AV:N",
    "CVSS:3.1/AV:X",
    "CVSS:3.1/AV:N/S:U",
    "CVSS:3.1/S:U/AV:constructor",
  ])("%j has none", (vector) => {
    expect(baseScoreOf(vector)).toBeNull();
  });
});
