import { parseNessus } from "@breakwater/formats/scanners/nessus/index";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demoPlant } from "../capture/index.ts";
import { DEFAULT_PLUGINS, demoScan, planHost, pluginCatalogue, type ScanSeries, writeNessus } from "./index.ts";

type Report = Awaited<ReturnType<typeof read>>;

async function read(chunks: Iterable<Uint8Array>) {
  async function* source() {
    yield* chunks;
  }
  const events = [];
  for await (const batch of parseNessus(source())) events.push(...batch);
  const assets = events.flatMap((event) => (event.type === "asset" ? [event.asset] : []));
  const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
  const findings = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
  const issues = events.filter((event) => event.type === "issue");
  return { assets, checks, findings, issues, end: events.at(-1) };
}

/** `address plugin/port/protocol` of every finding. */
function keys(report: Report): string[] {
  const byRef = new Map(report.assets.map((asset) => [asset.ref, asset.ipAddresses[0]]));
  return report.findings
    .map((f) => `${byRef.get(f.assetRef)} ${f.checkId}/${f.port ?? 0}/${f.protocol ?? "tcp"}`)
    .sort();
}

const series = (fields: Partial<ScanSeries>): ScanSeries => ({ seed: 7, hosts: 40, itemsPerHost: 25, ...fields });

describe("writeNessus", () => {
  it("writes the same bytes for the same options, and others for another seed", () => {
    const bytes = (seed: number) => Buffer.concat([...writeNessus(series({ seed }))]);
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });

  it("writes what the plan says, no item of a host twice", async () => {
    const options = fc.record({
      seed: fc.nat(1000),
      hosts: fc.integer({ min: 0, max: 20 }),
      itemsPerHost: fc.integer({ min: 1, max: 40 }),
      plugins: fc.integer({ min: 1, max: 60 }),
      run: fc.nat(4),
      changedHostShare: fc.constantFrom(0, 0.5, 1),
    });
    await fc.assert(
      fc.asyncProperty(options, async (fields) => {
        const report = await read(writeNessus(fields));
        const catalogue = pluginCatalogue(fields.seed, fields.plugins);
        const planned = Array.from({ length: fields.hosts }, (_, index) => planHost(fields, catalogue, index)).flatMap(
          ({ ipAddress, items }) =>
            items.map(
              ({ plugin, port, protocol }) => `${ipAddress} ${plugin.id}/${port}/${port === 0 ? "tcp" : protocol}`,
            ),
        );
        expect(keys(report)).toEqual(planned.sort());
        expect(new Set(planned).size).toBe(planned.length);
        expect(report.issues).toEqual([]);
        expect(report.end).toEqual({ type: "end", isComplete: true });
      }),
      { numRuns: 30 },
    );
  });

  it("changes nothing but times from run to run when no host changes", async () => {
    const first = await read(writeNessus(series({ run: 0 })));
    const second = await read(writeNessus(series({ run: 1 })));
    expect(second.findings).toEqual(first.findings);
    expect(second.assets.map(({ scannedAt }) => scannedAt)).not.toEqual(first.assets.map(({ scannedAt }) => scannedAt));
  });

  it("changes about the share of hosts that is asked for, and leaves the others alone", () => {
    const options = series({ hosts: 1000, changedHostShare: 0.2 });
    const catalogue = pluginCatalogue(options.seed, DEFAULT_PLUGINS);
    const itemsAt = (index: number, run: number) =>
      JSON.stringify(planHost({ ...options, run }, catalogue, index).items);
    let changed = 0;
    for (let index = 0; index < options.hosts; index++) if (itemsAt(index, 0) !== itemsAt(index, 1)) changed++;
    expect(changed).toBeGreaterThan(150);
    expect(changed).toBeLessThan(250);
  });

  it("brings back items that were missing, so that findings reopen", async () => {
    const runs = await Promise.all(
      [0, 1, 2, 3, 4].map(async (run) => new Set(keys(await read(writeNessus(series({ run, changedHostShare: 1 })))))),
    );
    const first = [...(runs[0] ?? [])];
    const reopened = first.filter((key) => !runs[1]?.has(key) && runs.slice(2).some((later) => later.has(key)));
    expect(reopened.length).toBeGreaterThan(0);
  });

  it("writes chunks of a bounded size", () => {
    let largest = 0;
    for (const chunk of writeNessus(series({ hosts: 300 }))) largest = Math.max(largest, chunk.length);
    expect(largest).toBeLessThan(100_000);
  });
});

describe("demoScan", () => {
  const plant = demoPlant();
  const plantHosts = [plant.engineeringStation, ...plant.devices];

  it("tells 25 machines and the plant's devices, one host per address", async () => {
    const report = await read(demoScan(plantHosts));
    const addresses = report.assets.flatMap(({ ipAddresses }) => ipAddresses);
    expect(report.issues).toEqual([]);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses).toHaveLength(25 + plant.devices.length);
    expect((await read(demoScan([]))).assets).toHaveLength(25);
  });

  it("gives a machine that the plant knows the plant's MAC address", async () => {
    const { ipAddress, macAddress } = plant.engineeringStation;
    const station = (await read(demoScan(plantHosts))).assets.find((asset) => asset.ipAddresses.includes(ipAddress));
    expect(station?.macAddresses).toEqual([macAddress]);
    expect(station?.name).toBe("eng-ws-01.riverside.example");
  });

  it("mends some flaws and finds new ones from run 0 to run 1", async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(async (run) => keys(await read(demoScan(plantHosts, { run })))),
    );
    const mended = first?.filter((key) => !second?.includes(key)) ?? [];
    const fresh = second?.filter((key) => !first?.includes(key)) ?? [];
    expect([mended.length, fresh.length]).toEqual([7, 3]);
  });
});
