type MediaRange = { type: string; quality: number };

/**
 * The offer that an Accept header prefers: by quality, then the one it names most exactly, then the first. The first,
 * too, when the header is absent or likes none.
 *
 * @param offers media types by name, first the default
 * @example negotiate("text/html,*\/*;q=0.8", { json: ["application/json"], html: ["text/html"] }) // "html"
 */
export function negotiate<T extends string>(
  accept: string | string[] | undefined,
  offers: Readonly<Record<T, readonly string[]>>,
): T {
  const names = Object.keys(offers) as T[];
  const ranges = String(accept ?? "*/*")
    .split(",")
    .map(toRange);
  let best = names[0] as T;
  let bestScore: readonly [quality: number, exactness: number] = [0, 0];
  for (const name of names) {
    for (const type of offers[name]) {
      const score = rate(type, ranges);
      if (score[0] > bestScore[0] || (score[0] === bestScore[0] && score[0] > 0 && score[1] > bestScore[1])) {
        best = name;
        bestScore = score;
      }
    }
  }
  return best;
}

/** Of the ranges that a type falls into, the most exact one counts. */
function rate(type: string, ranges: readonly MediaRange[]): [quality: number, exactness: number] {
  const forms = ["*/*", `${type.split("/", 1)[0]}/*`, type];
  let result: [number, number] = [0, 0];
  for (const range of ranges) {
    const exactness = forms.indexOf(range.type) + 1;
    if (exactness > result[1]) result = [range.quality, exactness];
  }
  return result;
}

function toRange(part: string): MediaRange {
  const [type = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const value = quality === undefined ? 1 : Number(quality);
  return { type, quality: value >= 0 && value <= 1 ? value : 0 };
}
