import { InvalidArgumentError } from "commander";

/** Reads an option's value, a day or a time, as epoch milliseconds. Without an offset a time is UTC, as a day is. */
export function toMoment(text: string): number {
  const [, day, time = "T00:00:00", offset = "Z"] = TIME.exec(text) ?? [];
  const millis = Date.parse(`${day}${time}${offset}`);
  // The 31st of a month that has none is taken for the 1st of the next.
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  if (!isDay || Number.isNaN(millis)) throw new InvalidArgumentError("write it as 2026-12-31 or 2026-12-31T18:00:00Z.");
  return millis;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2})?)?(Z|[+-]\d{2}:\d{2})?$/;
