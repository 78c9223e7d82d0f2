import type { NessusPlugin } from "./plugin-catalogue.ts";
import { hashIntegers, share } from "./random.ts";

/** A series of reports about one imaginary network. Equal options give equal bytes. */
export type ScanSeries = {
  seed: number;
  hosts: number;
  /** Items of one host, give or take what changed between runs. */
  itemsPerHost: number;
  /** Checks that occur at all; default 2,000. */
  plugins?: number;
  /** 0 for the first report of the series, 1 for the next, and so on; default 0. */
  run?: number;
  /** Share of hosts, 0..1, that differ between one run and the next; default 0. */
  changedHostShare?: number;
  /** Start of run 0, epoch ms; default 1 January 2025. Runs are a day apart. */
  startedAt?: number;
};

export type PlannedItem = { plugin: NessusPlugin; port: number; protocol: string; output: string };

export type PlannedHost = {
  /** Fully qualified; empty when the scanner learned none. */
  name: string;
  ipAddress: string;
  macAddress: string;
  /** Empty when unknown. */
  operatingSystem: string;
  startedAt: number;
  endedAt: number;
  items: PlannedItem[];
};

export const DAY_MS = 86_400_000;
const DEFAULT_START = Date.UTC(2025, 0, 1);
/** Of a changed host's items, the share that is replaced, and the share that is gone until the next change. */
const REPLACED_SHARE = 0.1;
const MISSING_SHARE = 0.05;

const SYSTEMS = [
  "Microsoft Windows Server 2019 Standard",
  "Microsoft Windows 10 Enterprise",
  "Linux Kernel 5.15 on Ubuntu 22.04",
  "Linux Kernel 4.18 on Red Hat Enterprise Linux 8",
];

/**
 * What the report of `series.run` says about host `index`: the truth to compare an import with. No two items of a
 * host share plugin, port and protocol.
 */
export function planHost(series: ScanSeries, catalogue: readonly NessusPlugin[], index: number): PlannedHost {
  const { seed, run = 0, startedAt = DEFAULT_START } = series;
  const changes = changesUpTo(series, index, run);
  const items: PlannedItem[] = [];
  for (let slot = 0; slot < series.itemsPerHost; slot++) {
    const item = planItem(series, catalogue, index, slot, changes);
    if (item !== null) items.push(item);
  }
  const start = startedAt + run * DAY_MS + index * 1000;
  return {
    name: `host-${index}.plant.example`,
    ipAddress: `10.${(index >>> 16) & 255}.${(index >>> 8) & 255}.${index & 255}`,
    macAddress: macAddress(seed, index),
    operatingSystem: SYSTEMS[hashIntegers(seed, index, 1) % SYSTEMS.length] ?? "",
    startedAt: start,
    endedAt: start + 600_000,
    items,
  };
}

/** The runs, ascending, that changed this host. */
function changesUpTo(series: ScanSeries, index: number, run: number): number[] {
  const changes: number[] = [];
  for (let at = 1; at <= run; at++) {
    if (share(series.seed, index, 2, at) < (series.changedHostShare ?? 0)) changes.push(at);
  }
  return changes;
}

function planItem(
  series: ScanSeries,
  catalogue: readonly NessusPlugin[],
  host: number,
  slot: number,
  changes: number[],
): PlannedItem | null {
  const { seed, itemsPerHost } = series;
  let replacedBy = 0;
  for (const at of changes) if (share(seed, host, slot, 3, at) < REPLACED_SHARE) replacedBy = at;
  const last = changes.at(-1);
  if (last !== undefined && share(seed, host, slot, 4, last) < MISSING_SHARE) return null;
  // Each slot owns its own stretch of the catalogue, so that a host never has one plugin twice; with more slots than
  // plugins, slots of one plugin differ by port.
  const stretch = Math.max(1, Math.floor(catalogue.length / itemsPerHost));
  const place = slot * stretch + (hashIntegers(seed, host, slot, 5, replacedBy) % stretch);
  const plugin = catalogue[place % catalogue.length];
  if (plugin === undefined) throw new RangeError("the catalogue is empty");
  const round = Math.floor(place / catalogue.length);
  return {
    plugin,
    port: round === 0 ? plugin.port : 20_000 + round,
    protocol: plugin.protocol,
    output: output(seed, host, slot, replacedBy),
  };
}

function output(seed: number, host: number, slot: number, replacedBy: number): string {
  const hash = hashIntegers(seed, host, slot, 6, replacedBy);
  const path = `C:\\Program Files\\Example\\component-${hash % 97}\\module-${hash % 1009}.dll`;
  return `  Path              : ${path}\n  Installed version : ${hash % 9}.${hash % 17}.${hash % 2111}\n  Fixed version     : ${(hash % 9) + 1}.0.0\n`;
}

function macAddress(seed: number, index: number): string {
  const hash = hashIntegers(seed, index, 7);
  // 02 marks a locally administered address; the index makes it unique.
  const bytes = [0x02, hash & 255, (index >>> 24) & 255, (index >>> 16) & 255, (index >>> 8) & 255, index & 255];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
