import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { findNumberPatterns, matchesPattern, readModelNumberPattern } from "./number-pattern.ts";

describe("open numbers in names", () => {
  it.each<[name: string, patterns: string[]]>([
    ["Modicon M580 CPU Safety (part numbers BMEP58*S and BMEH58*S)", ["BMEP58*S", "BMEH58*S"]],
    ["Modicon M580 CPU (part numbers BMEP* and BMEH*)", ["BMEP*", "BMEH*"]],
    ["GuardLogix 5580 (1756-L8zS)", ["1756L8?*S"]],
    ["ControlLogix 5580 (1756 - L8z)", ["1756L8*"]],
    ["Compact GuardLogix 5380 (5069 - L3zS2)", ["5069L3?*S2"]],
    ["Quantum communication modules 140NOC78x00", ["140NOC78?00"]],
    ["Quantum processors with integrated Ethernet COPRO 140CPU65xxxxx", ["140CPU65*"]],
    ["CJ2M-CPU[][]", ["CJ2MCPU??"]],
    ["SYSMAC CS1D-CPU[][]SA", ["CS1DCPU??SA"]],
    ["CJ2H-CPU6 □ -EIP", ["CJ2HCPU6?EIP"]],
    ["CS1D-CPU □ □ H", ["CS1DCPU??H"]],
    ["CP1L-EL20D □ - □", ["CP1LEL20D??"]],
    ["CJ2H-CPU**(-EIP)", ["CJ2HCPU*"]],
    ["FX5UC-32M*/**-TS", ["FX5UC32M*TS"]],
    ["750-831/xxx-xxx", ["750831*"]],
    ["MELSEC iQ-F FX5U-xMy/z x=32,64,80, y=T,R, z=ES,DS,ESS,DSS", ["FX5U#*M*"]],
    ["FX3UC-xMT/z x=16,32,64,96, z=D,DSS", ["FX3UC#*MT*"]],
    ["CS1D-CPU**H/-CPU**P", ["CS1DCPU*H"]],
    ["AP7xxx and AP8xxx with NMC3", []],
    ["800xA Base", []],
    ["GX Explorer", []],
    ["FX5U(C)-**M*/** Serial number 17X**** or later", []],
  ])("%j", (name, patterns) => expect(findNumberPatterns(name)).toEqual(patterns));
});

test("model numbers of CSAF have ? for one character and * for any", () => {
  expect(readModelNumberPattern("6RA801?-??V62-0AA0")).toBe("6RA801???V620AA0");
  expect(readModelNumberPattern("BMX P34*")).toBe("BMXP34*");
  expect(readModelNumberPattern("6RA8010-4MV62-0AA0")).toBeNull();
  expect(readModelNumberPattern("?RA8010")).toBeNull();
});

test("a pattern means what the same regular expression means, and hostile ones end", () => {
  const piece = fc.constantFrom("A", "B", "1", "*", "?", "#");
  const text = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(""));
  const number = fc.array(fc.constantFrom("A", "B", "1"), { maxLength: 10 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, number, (pattern, compact) => {
      const expression = new RegExp(`^${pattern.replace(/\*+/g, ".*").replace(/\?/g, ".").replace(/#/g, "\\d")}$`);
      expect(matchesPattern(pattern, compact)).toBe(expression.test(compact));
    }),
    { numRuns: 2_000 },
  );
  expect(matchesPattern(`${"*A".repeat(30)}B`, "A".repeat(40))).toBe(false);
});
