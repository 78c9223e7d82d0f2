import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ByteSource, ScanEvent } from "../../records.ts";
import { parseNessus, parseNessusWithin } from "./index.ts";

const FIXTURES = fileURLToPath(new URL("../../../fixtures/nessus/", import.meta.url));

async function* inChunks(bytes: Uint8Array, cuts: number[]): ByteSource {
  let from = 0;
  for (const cut of [...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

async function parse(input: Uint8Array | string, cuts: number[] = [], limits = {}): Promise<ScanEvent[]> {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const events: ScanEvent[] = [];
  for await (const batch of parseNessusWithin(inChunks(bytes, cuts), limits)) events.push(...batch);
  return events;
}

const readInput = (name: string) => readFileSync(`${FIXTURES}${name}/input.nessus`);
const report = (host: string) => `<NessusClientData_v2><Report name="r">${host}</Report></NessusClientData_v2>`;
const item = (inner: string, id = 1) =>
  `<ReportItem port="1" protocol="tcp" severity="1" pluginID="${id}" pluginName="p">${inner}</ReportItem>`;
const records = (events: ScanEvent[]) => events.filter(({ type }) => type !== "issue" && type !== "end");
const issues = (events: ScanEvent[]) => events.flatMap((event) => (event.type === "issue" ? [event.issue] : []));

describe("parseNessus", () => {
  // After a deliberate change, refresh with: npx vitest run --project unit packages/formats/src/scanners -u
  it.each(readdirSync(FIXTURES).filter((name) => existsSync(`${FIXTURES}${name}/input.nessus`)))(
    "tells the golden events of the case %s",
    async (name) => {
      const events = await parse(readInput(name));
      await expect(`${JSON.stringify(events, null, 2)}\n`).toMatchFileSnapshot(`${FIXTURES}${name}/expected.json`);
    },
  );

  it("tells the same events however the file is cut", async () => {
    const bytes = readInput("plain");
    const whole = await parse(bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 40 }), async (cuts) => {
        expect(await parse(bytes, cuts)).toEqual(whole);
      }),
    );
  });

  it.each([
    ["identifiers", 1],
    ["plain", 7],
  ])("keeps what stands before the place where the file %s ends, wherever that is", async (name, step) => {
    const bytes = readInput(name);
    const whole = records(await parse(bytes));
    for (let length = 0; length < bytes.length - 1; length += step) {
      const events = await parse(bytes.subarray(0, length));
      const told = records(events);
      expect(told).toEqual(whole.slice(0, told.length));
      expect(issues(events).at(-1)).toMatchObject({ fatal: true, level: "refused" });
      expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
    }
  });

  it("never throws for damaged bytes, and always ends", async () => {
    const bytes = readInput("plain");
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of changes) damaged[at] = byte;
        expect((await parse(damaged)).at(-1)?.type).toBe("end");
      }),
      { numRuns: 300 },
    );
  });

  it("throws what its source throws", async () => {
    async function* broken(): ByteSource {
      yield Buffer.from("<NessusClientData_v2>");
      throw new Error("disk is gone");
    }
    const events = parseNessus(broken());
    await expect(events.next()).rejects.toThrow("disk is gone");
  });

  it("refuses XML that is no report, and says what it is", async () => {
    expect(issues(await parse("<html/>"))).toMatchObject([{ code: "nessus-root-unknown", fatal: true }]);
    expect(issues(await parse("<NessusClientData/>"))[0]?.message).toContain("version 1");
    const policy = "<NessusClientData_v2><Policy/></NessusClientData_v2>";
    expect(issues(await parse(policy))[0]?.message).toContain("no Report");
  });

  it("reads UTF-16 as well as UTF-8", async () => {
    const text = readInput("plain").toString("utf8").replace(' encoding="UTF-8"', "");
    expect(await parse(Buffer.from(`\uFEFF${text}`, "utf16le"))).toEqual(await parse(text));
  });

  it("tells a check once, before the first finding that names it", async () => {
    const hosts = [1, 2, 3].map((n) => `<ReportHost name="h${n}">${item("", 5)}${item("", n)}</ReportHost>`);
    const told = (await parse(report(hosts.join("")))).map((event) =>
      event.type === "check"
        ? `check ${event.check.id}`
        : event.type === "finding"
          ? `use ${event.finding.checkId}`
          : "",
    );
    expect(told.filter((text) => text !== "").join(", ")).toBe(
      "check 5, use 5, check 1, use 1, use 5, check 2, use 2, use 5, check 3, use 3",
    );
  });

  it("gives hosts of one name references of their own", async () => {
    const events = await parse(
      report(`<ReportHost name="a">${item("")}</ReportHost><ReportHost name="a">${item("")}</ReportHost>`),
    );
    const refs = events.flatMap((event) => (event.type === "asset" ? [event.asset.ref] : []));
    const used = events.flatMap((event) => (event.type === "finding" ? [event.finding.assetRef] : []));
    expect(new Set(refs).size).toBe(2);
    expect(used).toEqual(refs);
  });

  it("cuts text beyond the limits, of one element and of all of an item, with a warning", async () => {
    const long = "x".repeat(60);
    const host = `<ReportHost name="a">${item(`<solution>${long}</solution><plugin_output>${long}</plugin_output>`)}</ReportHost>`;
    const events = await parse(report(host), [], { maxTextChars: 50, maxItemChars: 70 });
    const check = events.find((event) => event.type === "check");
    const finding = events.find((event) => event.type === "finding");
    expect([check?.check.solution.length, finding?.finding.evidence.length]).toEqual([50, 20]);
    expect(issues(events).map(({ code, level }) => `${level} ${code}`)).toEqual([
      "warning text-cut",
      "warning text-cut",
    ]);
    expect(events.at(-1)).toEqual({ type: "end", isComplete: true });
  });

  it("never cuts text in the middle of a character", async () => {
    const host = `<ReportHost name="a">${item(`<plugin_output>${"😀".repeat(40)}</plugin_output>`)}</ReportHost>`;
    const events = await parse(report(host), [], { maxTextChars: 51 });
    const finding = events.find((event) => event.type === "finding");
    expect(finding?.finding.evidence.isWellFormed()).toBe(true);
  });

  it("leaves a host out that nothing names, with its findings", async () => {
    const events = await parse(report(`<ReportHost>${item("")}${item("", 2)}</ReportHost>`));
    const refused = { level: "refused", code: "asset-missing", where: "line 1" };
    expect(issues(events)).toMatchObject([refused, refused, refused]);
    expect(records(events).map(({ type }) => type)).toEqual(["run"]);
    expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
  });

  it.each([
    ["host-ip", "10.1.2.3", "10.1.2.3"],
    ["host-fqdn", "DB1.corp.example.", "db1.corp.example"],
    ["mac-address", "00:1D:9C:00:00:01", "00:1d:9c:00:00:01"],
    ["agent-uuid", "6F1C0A7E", "6f1c0a7e"],
  ])("calls a host without a name by its property %s", async (tag, value, name) => {
    const properties = `<HostProperties><tag name="${tag}">${value}</tag></HostProperties>`;
    const events = await parse(report(`<ReportHost>${properties}${item("")}</ReportHost>`));
    expect(issues(events)).toMatchObject([{ level: "warning", code: "host-name-missing" }]);
    expect(events.flatMap((event) => (event.type === "asset" ? [event.asset.name] : []))).toEqual([name]);
    expect(events.filter(({ type }) => type === "finding")).toHaveLength(1);
  });

  it("does not call a run complete when the scan of a host did not end", async () => {
    const started = '<HostProperties><tag name="HOST_START">Wed Jan  1 12:21:00 2025</tag></HostProperties>';
    const events = await parse(report(`<ReportHost name="a">${started}${item("")}</ReportHost>`));
    expect(issues(events)).toMatchObject([{ level: "warning", code: "host-unfinished", where: "line 1" }]);
    expect(events.at(-1)).toEqual({ type: "end", isComplete: false });
  });

  it("gives batches of a bounded size, from one huge chunk as from small ones", async () => {
    const output = `<plugin_output>${"y".repeat(300)}</plugin_output>`;
    const hosts = `<ReportHost name="a">${item(output).repeat(20_000)}</ReportHost>`;
    let findings = 0;
    let largest = 0;
    for await (const batch of parseNessus(inChunks(Buffer.from(report(hosts)), []))) {
      findings += batch.filter(({ type }) => type === "finding").length;
      largest = Math.max(largest, batch.length);
    }
    expect(findings).toBe(20_000);
    expect(largest).toBeLessThan(1000);
  });

  it("tells a check again rather than remember more than the limit", async () => {
    const items = [1, 2, 3, 1].map((id) => item("", id)).join("");
    const events = await parse(report(`<ReportHost name="a">${items}</ReportHost>`), [], { maxRememberedChecks: 2 });
    const checks = events.flatMap((event) => (event.type === "check" ? [event.check.id] : []));
    expect(checks).toEqual(["1", "2", "3", "1"]);
  });
});
