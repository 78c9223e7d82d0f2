import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openIntake } from "../intake/index.ts";
import type { CaptureEvent, ProjectFileEvent } from "../records.ts";
import { projectFileFormats } from "./index.ts";
import { LIMITS } from "./limits.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const formats = ["l5x", "acd", "aml", "xef", "zef", "zeek"];
const cases = formats.flatMap((format) => readdirSync(FIXTURES + format).map((name) => ({ format, name })));

function readInput(format: string, name: string): Buffer {
  const folder = `${FIXTURES}${format}/${name}/`;
  return readFileSync(folder + readdirSync(folder).find((file) => file.startsWith("input.")));
}

async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** A file as an import would read it. */
async function read(bytes: Uint8Array, cuts: readonly number[] = []) {
  const ends = [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
  const events: (ProjectFileEvent | CaptureEvent)[] = [];
  let format: string | null = null;
  for await (const event of openIntake(inPieces(ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))))) {
    if (event.type === "issue") events.push(event);
    else {
      format = event.member.format;
      for await (const batch of event.member.parse()) events.push(...(batch as ProjectFileEvent[]));
    }
  }
  return { format, events };
}

describe.each(cases)("$format, case $name", ({ format, name }) => {
  // After a deliberate change, refresh with: npx vitest run --project unit packages/formats/src/projectfiles -u
  it("is recognised by its content and tells the golden events", async () => {
    const found = await read(readInput(format, name));
    expect(found.format).toBe(format === "zef" ? "xef" : format);
    const path = `${FIXTURES}${format}/${name}/expected.json`;
    await expect(`${JSON.stringify(found.events, null, 2)}\n`).toMatchFileSnapshot(path);
  });

  it("tells the same events however the file is cut", async () => {
    const bytes = readInput(format, name);
    const whole = await read(bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
        expect(await read(bytes, cuts)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  it("reads a damaged file as far as it goes: whatever byte is changed, nothing throws, and parents stand before children", async () => {
    const bytes = readInput(format, name);
    const changes = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255), isCut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(changes, async ({ at, value, isCut }) => {
        const damaged = Buffer.from(isCut ? bytes.subarray(0, at) : bytes);
        if (!isCut) damaged[at] = value;
        const { events, format: found } = await read(damaged);
        expect(events.length).toBeGreaterThan(0);
        if (found !== null) expect(events.some(({ type }) => type === "end")).toBe(true);
        for (const event of events) if (event.type === "project") expectTree(event.project.modules);
      }),
      { numRuns: 60 },
    );
  });
});

function expectTree(modules: readonly { ref: string; parentRef: string | null }[]): void {
  const seen = new Set<string>();
  for (const { ref, parentRef } of modules) {
    expect(parentRef === null || seen.has(parentRef)).toBe(true);
    expect(seen.has(ref)).toBe(false);
    seen.add(ref);
  }
}

async function parse(id: string, text: string) {
  const { parse } = projectFileFormats.find((format) => format.id === id)!;
  const events: ProjectFileEvent[] = [];
  for await (const batch of parse(inPieces([Buffer.from(text)]))) events.push(...batch);
  return events;
}

it("takes no more modules than the limit, and says so", async () => {
  const module = (n: number) => `<Module Name="m${n}" ParentModule="Local" ParentModPortId="1"><Ports/></Module>`;
  const many = Array.from({ length: LIMITS.maxModules + 2 }, (_, n) => module(n)).join("");
  const events = await parse(
    "l5x",
    `<RSLogix5000Content><Controller Name="a"><Modules>${many}</Modules></Controller></RSLogix5000Content>`,
  );
  const project = events.find((event) => event.type === "project");
  expect(project?.project.modules).toHaveLength(LIMITS.maxModules);
  expect(events.filter(({ type }) => type === "issue")).toMatchObject([{ issue: { code: "too-many-modules" } }]);
  expect(events.at(-1)).toMatchObject({ type: "end", isComplete: false });
});

it("reads a tree whose modules name themselves, each other or nobody as a tree", async () => {
  const modules = [
    ["a", "b"],
    ["b", "a"],
    ["c", "c"],
    ["d", "nobody"],
    ["__proto__", "c"],
    ["d", "c"],
  ].map(([name, parent]) => `<Module Name="${name}" ParentModule="${parent}" ParentModPortId="1"/>`);
  const events = await parse(
    "l5x",
    `<RSLogix5000Content><Controller Name="x"><Modules>${modules.join("")}</Modules></Controller></RSLogix5000Content>`,
  );
  const project = events.find((event) => event.type === "project");
  expectTree(project!.project.modules);
  expect(project?.project.modules).toHaveLength(modules.length);
});
