import type { ColumnValues } from "./parquet-values.ts";

/** A page of the library's holds less than this, lengths not counted. */
export const PAGE_BYTES = 2 ** 20;
/** A length stands before each text. */
export const LENGTH_BYTES = 4;

/** Texts of one page, each behind its length; of all columns in turn. */
let page = Buffer.allocUnsafeSlow(PAGE_BYTES);

/** The page that `end` bytes of {@link page} are; where the lowest and the highest text are in it. */
export type Texts = { end: number; levels: number[]; nulls: number; min: Place; max: Place };
type Place = { start: number; end: number } | undefined;

/** @returns undefined when they need several pages, of which the library knows more */
export function layOutTexts({ told, places, rows }: ColumnValues): Texts | undefined {
  const levels = new Array<number>(rows).fill(1);
  let [end, nulls, size]: [number, number, number] = [0, 0, 0];
  let [min, max]: [Place, Place] = [undefined, undefined];
  for (let row = 0; row < rows; row++) {
    const value = told[places ? places[row]! : row]!;
    if (value === null) {
      levels[row] = 0;
      nulls += 1;
      continue;
    }
    const place = layOut(value as string | Uint8Array, end + LENGTH_BYTES);
    size += place.end - place.start;
    if (size >= PAGE_BYTES) return undefined;
    page.writeUInt32LE(place.end - place.start, end);
    end = place.end;
    if (!min || !max) [min, max] = [place, place];
    else if (compare(place, min) < 0) min = place;
    else if (compare(place, max) > 0) max = place;
  }
  return { end, levels, nulls, min, max };
}

function layOut(text: string | Uint8Array, start: number): { start: number; end: number } {
  // The next one's length goes behind it.
  const room = start + 3 * text.length + LENGTH_BYTES;
  if (room > page.length) page = Buffer.concat([page], 2 * room);
  if (typeof text === "string") return { start, end: start + page.write(text, start) };
  page.set(text, start);
  return { start, end: start + text.length };
}

function compare(one: NonNullable<Place>, other: NonNullable<Place>): number {
  return page.compare(page, other.start, other.end, one.start, one.end);
}

/** The page; valid until other texts are laid out, as what the others tell. */
export function pageBytes({ end }: Texts): Uint8Array {
  return page.subarray(0, end);
}

export function textAt({ start, end }: NonNullable<Place>): string {
  return page.toString("utf8", start, end);
}

export function bytesAt({ start, end }: NonNullable<Place>): Uint8Array {
  return Uint8Array.from(page.subarray(start, end));
}
