import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formats } from "../intake/index.ts";
import type { ByteSource, FindingRecord, ScanEvent } from "../records.ts";
import { readScan } from "./read-scan.fixture.ts";

export const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));

/** A good file of one format, and what it tells. */
export type Input = { id: string; syntax: "json" | "xml" | "csv"; text: string; bytes: Buffer; events: ScanEvent[] };

/** The formats of scans. */
export const scanFormatIds: readonly string[] = formats.flatMap(({ id, kind }) => (kind === "scan" ? [id] : []));

export async function* inPieces(...pieces: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}

export async function read(source: ByteSource): Promise<ScanEvent[]> {
  return (await readScan(source)).events;
}

export function issuesOf(events: readonly ScanEvent[]): string[] {
  return events.flatMap((event) => (event.type === "issue" ? [event.issue.code] : []));
}

export function findingsOf(events: readonly ScanEvent[]): FindingRecord[] {
  return events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
}

/** Of each format the first fixture that is read without a fault, else the first; by format. */
export async function readInputs(): Promise<ReadonlyMap<string, Input>> {
  const inputs = new Map<string, Input>();
  for (const folder of readdirSync(FIXTURES)) {
    for (const name of readdirSync(FIXTURES + folder)) {
      const file = readdirSync(`${FIXTURES}${folder}/${name}`).find((one) => one.startsWith("input."));
      if (file === undefined) continue;
      const bytes = readFileSync(`${FIXTURES}${folder}/${name}/${file}`);
      const { format: id, events } = await readScan(inPieces(bytes));
      const known = id === null ? undefined : inputs.get(id);
      if (id === null || (known && (issuesOf(known.events).length === 0 || issuesOf(events).length > 0))) continue;
      const text = new TextDecoder(isUtf8(bytes) ? "utf-8" : "windows-1252").decode(bytes);
      const syntax = /^\s*</.test(text) ? "xml" : /^\s*[[{]/.test(text) ? "json" : "csv";
      inputs.set(id, { id, syntax, text, bytes, events });
    }
  }
  return inputs;
}

/** The file around a text that its parser reads: prose where there is any, else a word for the severity. */
export function splitAtText({ id, syntax, text: whole, events }: Input): {
  before: string;
  text: string;
  after: string;
} {
  const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
  const texts = checks.flatMap(({ description, solution, title }) => [description, solution, title]);
  const prose = [...texts.filter((one) => !/^(CVE|GHSA)-/.test(one)), ...checks.map((one) => one.sourceSeverity)];
  const mark = syntax === "json" ? '"' : "";
  const text = prose.find((one) => one.length > 1 && whole.includes(mark + one + mark));
  if (text === undefined) throw new Error(`the fixture of ${id} has no prose`);
  const at = whole.indexOf(mark + text + mark) + mark.length;
  return { before: whole.slice(0, at), text, after: whole.slice(at + text.length) };
}
