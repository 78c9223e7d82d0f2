import { expect } from "vitest";
import type { Json } from "../json/index.ts";
import type { Issue, ScanEvent } from "../records.ts";
import { readScan } from "./read-scan.fixture.ts";

/** A report, and the lists of its records; of lists within lists the outer ones first. */
export type CutCase = readonly [file: string, ...lists: string[]];

const SHARES = [0.3, 0.5, 0.7, 0.9];

/**
 * Of a report that breaks off, what should become of the records that are whole: imported as from the report with these
 * alone, or all left out with an honest word why, where only its end says what they are about.
 */
export async function assertCutIsImported(text: string, lists: readonly string[], isNamedBehind: boolean) {
  const whole = JSON.stringify(JSON.parse(text));
  for (const share of SHARES) {
    const cut = Math.floor(whole.length * share);
    const kept = JSON.parse(whole) as Json;
    dropBehind(kept, lists, whole, cut);
    const wanted = findingsOf(await readText(JSON.stringify(kept)));
    const found = await readText(whole.slice(0, cut));
    const [fatal] = issuesOf(found).filter((issue) => issue.fatal);
    expect(found.at(-1)).toEqual({ type: "end", isComplete: false });
    if (isNamedBehind) {
      expect(findingsOf(found)).toEqual([]);
      if (wanted.length > 0)
        expect(fatal?.message).toContain("only the part that is missing tells what they are about");
      continue;
    }
    expect(findingsOf(found), `cut at ${share}`).toEqual(wanted);
    if (wanted.length > 0) expect(fatal?.message).toContain("what stands before was imported");
  }
}

/** Takes out of the lists what does not end before the cut. */
function dropBehind(root: Json, lists: readonly string[], whole: string, cut: number): void {
  let at = 0;
  const visit = (value: Json | undefined, path: readonly string[], above: string): void => {
    const [step, ...rest] = path;
    if (step !== undefined && step !== "" && step !== "*") {
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        visit(value[step], rest, `${above}${step}`);
      return;
    }
    if (!Array.isArray(value)) return;
    const inner = step === "*" ? rest : [];
    for (const [index, one] of value.entries()) {
      const written = JSON.stringify(one);
      const start = whole.indexOf(written, at);
      if (start + written.length <= cut) {
        at = start + written.length;
        continue;
      }
      if (inner.length > 0 && start < cut) visit(one, inner, `${above}.`);
      value.length = inner.length > 0 && start < cut ? index + 1 : index;
      return;
    }
  };
  for (const list of lists) {
    at = 0;
    visit(root, list.split("."), "");
  }
}

/** Who has what where, and how bad; without the place in the file, and what a file's end says of all of it. */
function findingsOf(events: readonly ScanEvent[]): string[] {
  const findings = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
  return findings.map(({ where: _, ...finding }) => JSON.stringify(finding)).sort();
}

function issuesOf(events: readonly ScanEvent[]): Issue[] {
  return events.flatMap((event) => (event.type === "issue" ? [event.issue] : []));
}

async function readText(text: string): Promise<ScanEvent[]> {
  async function* whole() {
    yield Buffer.from(text);
  }
  return (await readScan(whole())).events;
}
