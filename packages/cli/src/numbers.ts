import { InvalidArgumentError } from "commander";

/** Reads an option's value; what is no whole number in this range is wrong usage. */
export function toWholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  };
}

/** The same for an option with several values: ids of objects. */
export function toWholeNumbers(text: string, former: number[] = []): number[] {
  return [...former, toWholeNumber(1, Number.MAX_SAFE_INTEGER)(text)];
}
