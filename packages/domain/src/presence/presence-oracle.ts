/** What a report tells of one finding, by the checks that name it. Times are epoch ms. */
export type Report = {
  source: string;
  at: number;
  /** What it does not name is not there. */
  isComplete: boolean;
  told: readonly Told[];
};
export type Told = {
  check: string;
  state: "open" | "mitigated" | "fixed";
  /** The source's own date of what is fixed. */
  fixedAt?: number | undefined;
};

export type ExpectedFinding = {
  status: "NEW" | "ACTIVE" | "REOPENED" | "FIXED" | "PROTECTED";
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  reopened: number | null;
  sources: { source: string; check: string; isPresent: boolean; firstSeen: number; lastSeen: number }[];
};

/**
 * A finding by brute force, for tests: what all reports about its asset together say, whatever the order in which they are
 * listed. Written from etm.md 4 alone, with none of the life cycle's code: at each time there is one asks anew what every
 * source had said last.
 *
 * @returns undefined when none tells of it
 */
export function expectFinding(reports: readonly Report[]): ExpectedFinding | undefined {
  const voices = voicesOf(reports);
  const times = [...new Set(reports.map(({ at }) => at))].sort((a, b) => a - b);
  let [was, since, closed, reopened] = [false, 0, null as Closed | null, null as number | null];
  let isKnown = false;
  for (const time of times) {
    const telling = voices.filter((voice) => voice.words.some(({ at }) => at <= time));
    if (telling.length === 0) continue;
    const is = telling.some((voice) => isThere(voice, time));
    const told = telling.flatMap(({ words }) => words.flatMap((one) => (one.at === time ? (one.fixedAt ?? []) : [])));
    const date = told.length > 0 ? Math.max(...told) : null;
    if (is && !was) {
      if (isKnown) reopened = time;
      since = time;
    } else if (!is && (was || !isKnown)) closed = { at: time, told: date };
    else if (!is && closed && date !== null && new Set(telling.map(({ source }) => source)).size === 1) {
      closed = { at: closed.at, told: Math.max(closed.told ?? date, date) };
    }
    [was, isKnown] = [is, true];
  }
  if (!isKnown) return undefined;
  const present = voices.filter((voice) => isThere(voice, Number.POSITIVE_INFINITY));
  const sights = new Set(voices.flatMap(({ words }) => words.filter(isSight).map(({ at }) => at)));
  const isOneTime = [...sights].filter((at) => at >= since).length === 1;
  const open = isOneTime ? (reopened === null ? "NEW" : "REOPENED") : "ACTIVE";
  const status = present.length === 0 ? "FIXED" : present.every(isMitigated) ? "PROTECTED" : open;
  const lasts = voices.flatMap(lastsOf);
  const firsts = voices.flatMap(({ words }) => words.map(({ at }) => at));
  return {
    status,
    firstFound: Math.min(...voices.map(firstOf)),
    lastFound: lasts.length > 0 ? Math.max(...lasts) : Math.min(...firsts),
    lastFixed: closed ? (closed.told ?? closed.at) : null,
    reopened,
    sources: voices.map((voice) => ({
      ...{ source: voice.source, check: voice.check, isPresent: present.includes(voice) },
      ...{ firstSeen: firstOf(voice), lastSeen: lastOf(voice) },
    })),
  };
}

type Closed = { at: number; told: number | null };
type Word = Told & { at: number };
/** One check of one source: what it says of the finding, and when a complete report was silent. */
type Voice = { source: string; check: string; words: Word[]; silences: number[] };

function voicesOf(reports: readonly Report[]): Voice[] {
  const names = new Set(reports.flatMap(({ source, told }) => told.map(({ check }) => `${source}\n${check}`)));
  return [...names].sort().map((name) => {
    const [source = "", check = ""] = name.split("\n");
    const own = reports.filter((report) => report.source === source);
    const words = own.flatMap(({ at, told }) => told.flatMap((one) => (one.check === check ? [{ ...one, at }] : [])));
    const isSilent = ({ told }: Report) => !told.some((one) => one.check === check);
    const silences = own.filter((report) => report.isComplete && isSilent(report)).map(({ at }) => at);
    return { source, check, words, silences };
  });
}

/** Of one time, a sight wins. */
function isThere({ words, silences }: Voice, time: number): boolean {
  const seen = words.filter((one) => isSight(one) && one.at <= time).map(({ at }) => at);
  const away = [...words.filter((one) => !isSight(one)).map(({ at }) => at), ...silences].filter((at) => at <= time);
  return seen.length > 0 && Math.max(...seen) >= Math.max(0, ...away);
}

function isSight({ state }: Word): boolean {
  return state !== "fixed";
}

function isMitigated({ words }: Voice): boolean {
  const seen = words.filter(isSight);
  const last = Math.max(...seen.map(({ at }) => at));
  return seen.filter(({ at }) => at === last).every(({ state }) => state === "mitigated");
}

function firstOf({ words }: Voice): number {
  return Math.min(...words.map(({ at, fixedAt }) => fixedAt ?? at));
}

function lastsOf({ words }: Voice): number[] {
  return words.flatMap((one) => one.fixedAt ?? (isSight(one) ? [one.at] : []));
}

function lastOf(voice: Voice): number {
  const lasts = lastsOf(voice);
  return Math.max(...(lasts.length > 0 ? lasts : voice.words.map(({ at }) => at)));
}
