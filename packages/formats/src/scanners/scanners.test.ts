import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readScan } from "./read-scan.fixture.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const cases = readdirSync(FIXTURES)
  .filter((format) => existsSync(new URL(`./${format}/index.ts`, import.meta.url)))
  .flatMap((format) => readdirSync(`${FIXTURES}${format}`).map((name) => ({ format, name })))
  // Reports of Nessus in XML have a test of their own, with cases that this one does not know.
  .filter(({ format, name }) => !existsSync(`${FIXTURES}${format}/${name}/input.nessus`));

function readInput(format: string, name: string): Buffer {
  const folder = `${FIXTURES}${format}/${name}/`;
  return readFileSync(folder + readdirSync(folder).find((file) => file.startsWith("input.")));
}

async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function read(bytes: Uint8Array, cuts: readonly number[] = []): ReturnType<typeof readScan> {
  const ends = [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
  return readScan(inPieces(ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))));
}

describe.each(cases)("$format, case $name", ({ format, name }) => {
  // After a deliberate change, refresh with: npx vitest run --project unit packages/formats/src/scanners -u
  it("is recognised by its content and tells the golden events", async () => {
    const found = await read(readInput(format, name));
    expect(found.format?.startsWith(format)).toBe(true);
    const path = `${FIXTURES}${format}/${name}/expected.json`;
    await expect(`${JSON.stringify(found.events, null, 2)}\n`).toMatchFileSnapshot(path);
  });

  it("keeps the promised order: an asset before its findings, a check before the first finding that names it", async () => {
    const { events } = await read(readInput(format, name));
    const checks = new Set<string>();
    let asset: string | null = null;
    for (const event of events) {
      if (event.type === "check") checks.add(event.check.id);
      if (event.type === "asset") asset = event.asset.ref;
      if (event.type !== "finding") continue;
      expect(event.finding.assetRef).toBe(asset);
      expect(checks).toContain(event.finding.checkId);
    }
    expect(events.at(-1)?.type).toBe("end");
  });

  it("tells the same events however the file is cut", async () => {
    const bytes = readInput(format, name);
    const whole = await read(bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
        expect(await read(bytes, cuts)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it("reads a damaged file as far as it goes: whatever byte is changed, nothing throws and an end is told", async () => {
    const bytes = readInput(format, name);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        async (at, value, isCut) => {
          const damaged = Buffer.from(isCut ? bytes.subarray(0, at) : bytes);
          if (!isCut) damaged[at] = value;
          const { events, format: found } = await read(damaged);
          if (found !== null) expect(events.at(-1)?.type).toBe("end");
          else expect(events).toHaveLength(1);
        },
      ),
      { numRuns: 60 },
    );
  });
});
