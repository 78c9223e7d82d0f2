/**
 * Numbers with places left open: `BMEP58*S`, `CJ2M-CPU[][]`, `1756-L8z`. A pattern is compact, as numbers are compared: upper
 * case, letters and digits, with `*` for any characters (none too), `?` for one and `#` for a digit.
 */
export type NumberPattern = string;

const open = "(?:\\*+|\\?+|(?:\\[\\])+|(?: ?□)+|[xz]+(?![a-z]))";
const start = "(?<![\\w-])[A-Z0-9]{2,}(?: ?- ?[A-Z0-9]+)*(?:-|/(?=[*?x□[]))?";
/** A slash belongs to the number only where what follows is open as well. */
const more = `(?:(?:/(?=[*?x□[])| ?- ?|(?<=□) (?=[A-Z]))?(?:[A-Z0-9]+(?![a-wy])|${open}))*`;
const openNumber = new RegExp(`${start}${open}${more}`, "g");

const maxLength = 60;
/** Fewer known characters at the beginning would mean half a catalogue. */
export const minKnownLength = 4;

/**
 * Mitsubishi's `FX5U-xMy/z`: `x` is how many inputs and outputs the unit has, so that an FX5UJ or an FX5U-4AD is none of
 * these (ICSA-22-139-01 has other versions for each).
 */
const pointCount = /(?<![\w-])(FX\d[A-Z]{1,3})-x+M(?:([TR])(?![A-Za-z])|y)/g;

/** The open numbers in a product's name. */
export function findNumberPatterns(name: string): NumberPattern[] {
  const counted = [...name.matchAll(pointCount)].map(([, line, output = ""]) => `${line}#*M${output}*`);
  const others = (name.replace(pointCount, " ").match(openNumber) ?? []).map(toPattern);
  return [...counted, ...others].filter(isSelective);
}

/** The model number of a CSAF document (CSAF 2.0, 3.1.3.3.5) as a pattern; null where nothing in it is open. */
export function readModelNumberPattern(modelNumber: string): NumberPattern | null {
  if (!/[*?]/.test(modelNumber)) return null;
  const pattern = modelNumber.toUpperCase().replace(/[^A-Z0-9*?]/g, "");
  return isSelective(pattern) ? pattern : null;
}

/** An `x` is one place, a `z` (Rockwell Automation) several; at the end of a number both leave open how it goes on. */
function toPattern(text: string): NumberPattern {
  return text
    .replace(/[xz]+(?:[-/ ]*[x*]+)*$/, "*")
    .replace(/z+/g, "?*")
    .replace(/x|\[\]|□/g, "?")
    .toUpperCase()
    .replace(/[^A-Z0-9*?]/g, "")
    .replace(/\*{2,}/g, "*");
}

function isSelective(pattern: NumberPattern): boolean {
  return knownStart(pattern).length >= minKnownLength && pattern.length <= maxLength;
}

/** What every number that the pattern means begins with. */
export function knownStart(pattern: NumberPattern): string {
  return /^[A-Z0-9]*/.exec(pattern)![0];
}

/** Whether a compact number is one that the pattern means. In linear steps for each `*`, whatever the pattern. */
export function matchesPattern(pattern: NumberPattern, number: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let read = 0; read < number.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      resume = read;
    } else if (at < pattern.length && isMetBy(pattern[at]!, number[read]!)) {
      at++;
      read++;
    } else if (star >= 0) {
      at = star + 1;
      read = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

function isMetBy(place: string, character: string): boolean {
  return place === "?" || place === character || (place === "#" && character >= "0" && character <= "9");
}
