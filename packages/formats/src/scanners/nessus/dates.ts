const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const C_TIME = /^\w{3}\s+(\w{3})\s+(\d{1,2})\s+(\d{2}):(\d{2}):(\d{2})\s+(\d{4})$/;

/** `2013/05/31`, as plugins date themselves, to epoch ms; null for anything else. */
export function parsePluginDate(text: string): number | null {
  const match = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(text.trim());
  if (match === null) return null;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return epochMs(year, month, day, 0, 0, 0);
}

/**
 * `Mon Jul  1 11:40:48 2013` to epoch ms. The format carries no time zone; it is read as UTC, so the result may be off
 * by the scanner's offset. Newer reports have `HOST_END_TIMESTAMP`, which is exact.
 */
export function parseHostDate(text: string): number | null {
  const match = C_TIME.exec(text.trim());
  if (match === null) return null;
  const month = MONTHS.indexOf((match[1] ?? "").toLowerCase()) + 1;
  const [day, hour, minute, second, year] = match.slice(2).map(Number) as [number, number, number, number, number];
  return epochMs(year, month, day, hour, minute, second);
}

/** Epoch seconds in decimal to epoch ms. */
export function parseTimestamp(text: string): number | null {
  const trimmed = text.trim();
  return /^\d{1,11}$/.test(trimmed) ? Number(trimmed) * 1000 : null;
}

function epochMs(year: number, month: number, day: number, hour: number, minute: number, second: number) {
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC rolls 31 February over into March; a date that does not come back unchanged is none.
  const back = new Date(at);
  const isReal = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60;
  return isReal ? at : null;
}
