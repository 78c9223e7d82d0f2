const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DATE = /^\w{3} (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/** Epoch ms of `Sat Dec 20 09:05:03 2025`, which has no zone and is read as UTC; null for anything else. */
export function toLogixDate(text: string | null | undefined): number | null {
  const [, monthName = "", ...parts] = DATE.exec(text?.trim() ?? "") ?? [];
  const month = MONTHS.indexOf(monthName);
  const [day, hour, minute, second, year] = parts.map(Number);
  if (month === -1 || year === undefined) return null;
  return Date.UTC(year, month, day, hour, minute, second);
}
