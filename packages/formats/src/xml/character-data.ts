import { BRACKET_CLOSE, CARRIAGE_RETURN, GREATER_THAN, isForbidden, NEWLINE } from "./bytes.ts";
import { forbiddenCharacter } from "./tag-scanner.ts";
import { XmlError } from "./xml-error.ts";

/** Passes a `]`, carriage return or forbidden byte in character data; -1 when the following bytes are needed first. */
export function passTextByte(buffer: Buffer, at: number): number {
  const byte = buffer[at]!;
  if (isForbidden(byte)) throw forbiddenCharacter(byte);
  const next = buffer[at + 1];
  if (next === undefined) return -1;
  if (byte === CARRIAGE_RETURN || next !== BRACKET_CLOSE) return at + 1;
  const third = buffer[at + 2];
  if (third === undefined) return -1;
  if (third === GREATER_THAN) throw new XmlError("xml-malformed", "']]>' stands in text; write it as ]]&gt;");
  return at + 1;
}

export function isHeldInCdata(byte: number): boolean {
  return byte === BRACKET_CLOSE || byte === CARRIAGE_RETURN;
}

export function normaliseLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** Refuses control characters; answers how many lines end in the range. */
export function checkCharacters(buffer: Buffer, start: number, end: number): number {
  let newlines = 0;
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!;
    if (byte === NEWLINE) newlines++;
    else if (isForbidden(byte)) throw forbiddenCharacter(byte);
  }
  return newlines;
}

export function countNewlines(buffer: Buffer, start: number, end: number): number {
  let newlines = 0;
  for (let at = start; at < end; at++) if (buffer[at] === NEWLINE) newlines++;
  return newlines;
}
