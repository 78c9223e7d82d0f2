/** How a token's values are compared: qql.md 1. */
export type Kind = "text" | "keyword" | "integer" | "number" | "boolean" | "date" | "address" | "mac";
/** A value that a record shows; dates as epoch milliseconds, addresses and MACs as text. */
export type Value = string | number | boolean;
/** A query about one token, and what the page says it means for the values that a record has. */
export type TokenCase = { query: string; matches: (values: readonly Value[]) => boolean };

type Fits = (value: Value) => boolean;

const DAY_MS = 86_400_000;

/**
 * Queries of every operator that a kind allows, each with its meaning spelled out plainly: no index, no compiler. Asked
 * for are the lowest value, the highest, and one between.
 *
 * @param present values that the records have
 * @param nowMs what `now` stands for
 */
export function casesOf(token: string, kind: Kind, present: readonly Value[], nowMs: number): TokenCase[] {
  const sorted = [...new Set(present)].filter((one) => one !== "").sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const low = sorted[0];
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return presence(token);
  const samples = [...new Set([low, sorted[sorted.length >> 1] ?? low, high])];
  return [
    ...presence(token),
    ...samples.flatMap((sample) => kinds[kind](token, sample)),
    ...(kind === "integer" || kind === "number" ? numberRanges(token, Number(low), Number(high)) : []),
    ...(kind === "date" ? dateRanges(token, Number(low), Number(high), nowMs) : []),
    ...(kind === "address" ? addressRanges(token, String(low), String(high)) : []),
  ];
}

function presence(token: string): TokenCase[] {
  return [
    { query: `${token} is null`, matches: (values) => values.length === 0 },
    { query: `${token} IS NOT NULL`, matches: (values) => values.length > 0 },
    { query: `not ${token.toUpperCase()} is null`, matches: (values) => values.length > 0 },
  ];
}

/** Some value fits; and, for `!=` and NOT, none does, be it for want of a value. */
function some(query: string, fits: Fits): TokenCase {
  return { query, matches: (values) => values.some(fits) };
}
function none(query: string, fits: Fits): TokenCase {
  return { query, matches: (values) => !values.some(fits) };
}

const kinds: Readonly<Record<Kind, (token: string, sample: Value) => TokenCase[]>> = {
  text: (token, sample) => [...wordCases(token, String(sample)), ...wholeCases(token, String(sample))],
  keyword: (token, sample) => [...codeCases(token, String(sample)), ...wholeCases(token, String(sample))],
  integer: numberCases,
  number: numberCases,
  boolean: booleanCases,
  date: (token, sample) => dateCases(token, Number(sample)),
  address: (token, sample) => addressCases(token, String(sample)),
  mac: (token, sample) => macCases(token, String(sample)),
};

const fold = (value: Value) => String(value).toLowerCase();
const inTicks = (text: string) => `\`${text.replace(/[`\\]/g, "\\$&")}\``;
const inQuotes = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** The whole value: exactly in backticks, after a comparison in any case; wildcards. */
function wholeCases(token: string, sample: string): TokenCase[] {
  const half = sample.length >> 1;
  const start = fold(sample.slice(0, half));
  const middle = fold(sample.slice(1, 5));
  const equal: Fits = (value) => fold(value) === fold(sample);
  const cases = [
    some(`${token}:${inTicks(sample)}`, (value) => value === sample),
    some(`${token}:[${inTicks(sample)}, 'zz-nothing']`, (value) => value === sample),
    none(`not ${token}:${inTicks(sample)}`, (value) => value === sample),
    some(`${token}:${inTicks(`${sample}?`)}`, () => false),
    some(`${token}=${inQuotes(sample.toUpperCase())}`, equal),
    none(`${token}!=${inQuotes(sample.toLowerCase())}`, equal),
  ];
  if (sample.includes("*")) return cases;
  return [
    ...cases,
    some(`${token}:${inQuotes(`${start}*`)}`, (value) => fold(value).startsWith(start)),
    some(`${token}:'*${sample.slice(half).replace(/['\\]/g, "\\$&")}'`, (value) =>
      fold(value).endsWith(fold(sample.slice(half))),
    ),
    some(`${token}:${inQuotes(`*${middle}*`)}`, (value) => fold(value).includes(middle)),
  ];
}

/** A code is compared whole, however it is written. */
function codeCases(token: string, sample: string): TokenCase[] {
  const equal: Fits = (value) => fold(value) === fold(sample);
  const cases = [some(`${token}:${inQuotes(sample.toLowerCase())}`, equal)];
  if (/^[\w.-]+$/.test(sample)) cases.push(some(`${token} : ${sample.toUpperCase()}`, equal));
  return cases;
}

const WORD = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\p{L}\p{N}_]+(?:(?:\.|(?<=\d),(?=\d))[\p{L}\p{N}_]+)*/gu;
const wordsOf = (value: Value): string[] => fold(value).match(WORD) ?? [];

/** Any of the words by prefix; in quotes words adjacent and in order. */
function wordCases(token: string, sample: string): TokenCase[] {
  const words = wordsOf(sample);
  const [first, second] = words;
  if (first === undefined) return [];
  const prefix = first.slice(0, 3).replace(/[.,]$/, "");
  const startsWord: Fits = (value) => wordsOf(value).some((word) => word.startsWith(prefix));
  const cases = [
    some(`${token}:zzqq-${prefix.toUpperCase()}`, startsWord),
    some(`${token}:[zzqq, ${prefix}]`, startsWord),
    none(`not ${token}:${prefix}`, startsWord),
    some(`${token}:'${first}'`, (value) => wordsOf(value).includes(first)),
  ];
  if (second === undefined) return cases;
  const inOrder = (pair: readonly string[]) => (value: Value) =>
    ` ${wordsOf(value).join(" ")} `.includes(` ${pair.join(" ")} `);
  return [
    ...cases,
    some(`${token}:"${first} - ${second.toUpperCase()}"`, inOrder([first, second])),
    some(`${token}:"${second} ${first}"`, inOrder([second, first])),
  ];
}

function numberCases(token: string, sample: Value): TokenCase[] {
  const limit = Number(sample);
  return [
    some(`${token}:${limit}`, (value) => value === limit),
    some(`${token}:[${limit}, -77]`, (value) => value === limit),
    some(`${token}=${limit}`, (value) => value === limit),
    none(`${token}!=${limit}`, (value) => value === limit),
    some(`${token}>${limit}`, (value) => Number(value) > limit),
    some(`${token} >= ${limit}`, (value) => Number(value) >= limit),
    some(`${token} <${limit}`, (value) => Number(value) < limit),
    some(`${token}<= ${limit}`, (value) => Number(value) <= limit),
    none(`not ${token}>${limit}`, (value) => Number(value) > limit),
  ];
}

function numberRanges(token: string, low: number, high: number): TokenCase[] {
  return [
    some(`${token}:[${low} .. ${high}]`, (value) => Number(value) >= low && Number(value) <= high),
    some(`${token}:[${low}...${low}]`, (value) => value === low),
    some(`${token}:(${low} .. ${high})`, (value) => Number(value) > low && Number(value) < high),
    some(`${token}:[${high} .. ${low - 1}]`, () => false),
  ];
}

function booleanCases(token: string, sample: Value): TokenCase[] {
  return [
    some(`${token}:${sample}`, (value) => value === sample),
    some(`${token}=${String(sample).toUpperCase()}`, (value) => value === sample),
    none(`${token}!=${sample}`, (value) => value === sample),
    none(`not ${token}:${sample}`, (value) => value === sample),
    some(`${token}:[true, false]`, () => true),
    some(`${token}:${!sample}`, (value) => value !== sample),
  ];
}

/** A bare date is the whole day in UTC; a time is as exact as it is written. */
function dateCases(token: string, sampleMs: number): TokenCase[] {
  const time = new Date(sampleMs).toISOString();
  const day = time.slice(0, 10);
  const fromMs = Date.parse(day);
  const toMs = fromMs + DAY_MS;
  const secondMs = Math.floor(sampleMs / 1000) * 1000;
  const at: Fits = (value) => value === sampleMs;
  const inDay: Fits = (value) => Number(value) >= fromMs && Number(value) < toMs;
  return [
    some(`${token}:${time}`, at),
    none(`${token}!=${time}`, at),
    some(`${token}:${time.slice(0, 19)}Z`, (value) => Math.floor(Number(value) / 1000) * 1000 === secondMs),
    some(`${token}:${day}`, inDay),
    some(`${token}:[${day}, 1971-01-01]`, inDay),
    some(`${token}=${day}`, inDay),
    none(`${token}!=${day}`, inDay),
    some(`${token}>${day}`, (value) => Number(value) >= toMs),
    some(`${token}>=${day}`, (value) => Number(value) >= fromMs),
    some(`${token}<${day}`, (value) => Number(value) < fromMs),
    some(`${token}<=${day}`, (value) => Number(value) < toMs),
    some(`${token}>${time}`, (value) => Number(value) > sampleMs),
    some(`${token}<${time}`, (value) => Number(value) < sampleMs),
    some(`${token}:[${day} .. ${day}]`, inDay),
  ];
}

function dateRanges(token: string, lowMs: number, highMs: number, nowMs: number): TokenCase[] {
  const [low, high] = [new Date(lowMs).toISOString(), new Date(highMs).toISOString()];
  const days = Math.floor((nowMs - lowMs) / DAY_MS);
  const then = days < 0 ? `now+${-days}d` : `now-${days}d`;
  return [
    some(`${token}:[${low} .. ${high}]`, (value) => Number(value) >= lowMs && Number(value) <= highMs),
    some(`${token}:(${low} .. ${high})`, (value) => Number(value) > lowMs && Number(value) < highMs),
    some(`${token}<${then}`, (value) => Number(value) < nowMs - days * DAY_MS),
    some(`${token}:[${then} ... now]`, (value) => Number(value) >= nowMs - days * DAY_MS && Number(value) <= nowMs),
  ];
}

/** IPv4 as a number; undefined for IPv6, which no range of IPv4 has. */
function toNumber(value: Value): number | undefined {
  const octets = String(value).split(".");
  return octets.length === 4 ? octets.reduce((sum, octet) => sum * 256 + Number(octet), 0) : undefined;
}
const between = (low: number, high: number) => (value: Value) => {
  const number = toNumber(value);
  return number !== undefined && number >= low && number <= high;
};

function addressCases(token: string, sample: string): TokenCase[] {
  const at = toNumber(sample);
  const equal: Fits = (value) => value === sample;
  const cases = [
    some(`${token}:${sample}`, equal),
    some(`${token}:[${sample}, 198.51.100.77]`, equal),
    some(`${token}="${sample}"`, equal),
    none(`${token}!=${sample}`, equal),
    none(`not ${token}:${sample}`, equal),
    some(`${token}:fd00::/8`, (value) => /^fd[0-9a-f]{2}:/.test(String(value))),
  ];
  if (at === undefined) return cases;
  const low24 = at - (at % 256);
  const octets = sample.split(".").slice(0, 3).join(".");
  const last = 2 ** 32 - 1;
  return [
    ...cases,
    some(`${token}:${sample}/24`, between(low24, low24 + 255)),
    some(`${token}:${octets}.*`, between(low24, low24 + 255)),
    some(`${token}:${octets}.0-${sample}`, between(low24, at)),
    some(`${token}>${sample}`, between(at + 1, last)),
    some(`${token}>=${sample}`, between(at, last)),
    some(`${token}<${sample}`, between(0, at - 1)),
    some(`${token}<=${sample}`, between(0, at)),
  ];
}

function addressRanges(token: string, ...ends: [string, string]): TokenCase[] {
  const [low = 0, high = 0] = ends.flatMap((end) => toNumber(end) ?? []).sort((a, b) => a - b);
  const [first, last] = [low, high].map((at) =>
    [24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join("."),
  );
  if (high === 0) return [];
  return [
    some(`${token}:[${first} .. ${last}]`, between(low, high)),
    some(`${token}:(${first} .. ${last})`, between(low + 1, high - 1)),
  ];
}

function macCases(token: string, sample: string): TokenCase[] {
  const equal: Fits = (value) => value === sample;
  const maker = sample.slice(0, 8);
  return [
    some(`${token}:${sample}`, equal),
    some(`${token}:${sample.toUpperCase().replaceAll(":", "-")}`, equal),
    some(`${token}:[\`${sample}\`, 02:00:00:00:00:77]`, equal),
    some(`${token}="${sample}"`, equal),
    none(`${token}!=${sample}`, equal),
    some(`${token}:${maker}*`, (value) => String(value).startsWith(maker)),
    none(`not ${token}:${maker.replaceAll(":", "-")}*`, (value) => String(value).startsWith(maker)),
  ];
}

/** Operators that a kind has no meaning for: refused with the place. */
export function refusedOf(token: string, kind: Kind): string[] {
  const unordered = [`${token}>5`, `${token}:[a .. b]`];
  const byKind: Readonly<Record<Kind, readonly string[]>> = {
    text: [...unordered, `${token}:---`],
    keyword: unordered,
    boolean: [...unordered, `${token}:maybe`],
    mac: [...unordered, `${token}:nobody`],
    integer: [`${token}:many`, `${token}:1.5`, `${token}>[1, 2]`],
    number: [`${token}:many`, `${token}:[1 .. x]`],
    date: [`${token}:soon`, `${token}:2026-02-30`, `${token}>now-1q`],
    address: [`${token}:here`, `${token}:10.0.0.0/33`, `${token}:[10.0.0.1 .. fd00::1]`],
  };
  return [...byKind[kind], `${token}:`, `${token} is 5`, `${token}:x)`];
}
