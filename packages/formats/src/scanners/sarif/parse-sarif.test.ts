import { describe, expect, it } from "vitest";
import type { ScanEvent } from "../../records.ts";
import { parseSarif } from "./index.ts";

async function read(version: string | undefined): Promise<ScanEvent[]> {
  const results = [{ ruleId: "R1", message: { text: "m" } }];
  const run = { tool: { driver: { name: "Tool" } }, results };
  async function* source() {
    yield Buffer.from(JSON.stringify({ version, runs: [run] }));
  }
  const events: ScanEvent[] = [];
  for await (const batch of parseSarif(source())) events.push(...batch);
  return events;
}

describe("parseSarif", () => {
  it.each(["2.1.0", "2.1.0-beta.1", "2.1.0-rtm.5", undefined])("reads version %s", async (version) => {
    expect((await read(version)).filter(({ type }) => type === "finding")).toHaveLength(1);
  });

  it.each(["2.0.0", "2.0.0-csd.2.beta.2018-10-10", "2.1.1", "2.10.0", "3.0.0"])(
    "refuses version %s by its name",
    async (version) => {
      const events = await read(version);
      expect(events.filter(({ type }) => type === "finding" || type === "asset")).toEqual([]);
      expect(events.flatMap((event) => (event.type === "issue" ? [event.issue] : []))).toMatchObject([
        { level: "refused", code: "sarif-version-unsupported", fatal: true },
      ]);
    },
  );
});
