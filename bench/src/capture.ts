import { execFile, spawn, spawnSync } from "node:child_process";
import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseCapture } from "@breakwater/formats/capture/index";
import type { BenchResult } from "./result.ts";

export type CaptureBenchOptions = {
  /** Size of the capture that our parser reads; default 1 GB, as the aims say. */
  bytes?: number;
  /** Size of the capture that both read: tshark takes a minute for about 400 MB of such small packets. */
  sharedBytes?: number;
};

type Reading = { seconds: number; cpuSeconds: number; frames: number; peakRssBytes: number };

const MB = 1_000_000;
const SAMPLE_MS = 20;
/** Captures are written by a process of their own: the memory measured is that of the reader. */
const WRITER = fileURLToPath(new URL("./write-capture.ts", import.meta.url));
/** What tshark has to read so that it dissects as far as we do. */
const FIELDS = ["frame.number", "ip.src", "ip.dst", "enip.lir.serial", "s7comm.szl.xy11.0001.anz"];

/**
 * Reads a generated capture of a plant with our parser; and a shorter one, which is its beginning, with our parser and,
 * where it is installed, with `tshark -T fields`, one after the other. The ratio is that of the same file.
 */
export async function runCaptureBench(options: CaptureBenchOptions = {}): Promise<BenchResult> {
  const { bytes = 1000 * MB, sharedBytes = 200 * MB } = options;
  const dir = await mkdtemp(join(tmpdir(), "breakwater-bench-capture-"));
  const file = join(dir, "plant.pcap");
  try {
    const size = await writeCapture(bytes, file);
    const ours = await readOurselves(file);
    const rows = toRows("parser", size, ours);
    if (spawnSync("tshark", ["--version"]).status === 0) {
      rows.push(...(await compare(await writeCapture(sharedBytes, file), file)));
    } else {
      console.log("tshark is not installed: nothing to compare with");
    }
    return { name: `reading a capture of ${Math.round(size / MB)} MB, ${ours.frames} packets`, rows };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function compare(size: number, file: string): Promise<BenchResult["rows"]> {
  const ours = await readOurselves(file);
  const theirs = await readWithTshark(file);
  if (theirs.frames !== ours.frames) throw new Error(`${ours.frames} frames read, ${theirs.frames} by tshark`);
  const what = `${Math.round(size / MB)} MB`;
  const cpu = theirs.cpuSeconds / ours.cpuSeconds;
  const note = `the same file, one after the other; by processor time ${cpu.toPrecision(3)} times`;
  return [
    ...toRows(`parser, ${what}`, size, ours),
    ...toRows(`tshark -n -T fields, ${what}`, size, theirs),
    { what: `parser to tshark, ${what}`, value: theirs.seconds / ours.seconds, unit: "times as fast", note },
  ];
}

/** @returns the size in bytes */
async function writeCapture(bytes: number, file: string): Promise<number> {
  await promisify(execFile)(process.execPath, [WRITER, String(bytes), file]);
  return (await stat(file)).size;
}

async function readOurselves(file: string): Promise<Reading> {
  let frames = 0;
  let peakRssBytes = 0;
  const sampler = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  for await (const batch of parseCapture(createReadStream(file, { highWaterMark: 1024 * 1024 })))
    for (const event of batch) if (event.type === "end") frames = event.summary.frames;
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(sampler);
  return { seconds, cpuSeconds: (user + system) / 1e6, frames, peakRssBytes };
}

/** One pass, no names looked up, and no more fields than tell what we tell. */
async function readWithTshark(file: string): Promise<Reading> {
  const start = performance.now();
  const child = spawn("tshark", ["-n", "-r", file, "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field])], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const usage = { cpuSeconds: 0, peakRssBytes: 0 };
  const sampler = setInterval(() => Object.assign(usage, readUsage(child.pid!) ?? {}), SAMPLE_MS);
  let frames = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>)
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) frames += 1;
  clearInterval(sampler);
  return { seconds: (performance.now() - start) / 1000, frames, ...usage };
}

/** What a process has used so far, as Linux tells it; null elsewhere and when it has ended. */
function readUsage(pid: number): { cpuSeconds: number; peakRssBytes?: number } | null {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ")
      .slice(11, 13);
    const peakKb = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    // Clock ticks are hundredths of a second on every Linux that Node runs on.
    const cpuSeconds = (Number(user) + Number(system)) / 100;
    // One that has ended and not been waited for has no memory any more.
    return peakKb === undefined ? { cpuSeconds } : { cpuSeconds, peakRssBytes: Number(peakKb) * 1024 };
  } catch {
    return null;
  }
}

function toRows(what: string, bytes: number, { seconds, frames, peakRssBytes }: Reading): BenchResult["rows"] {
  return [
    { what: `${what}: bytes`, value: bytes / MB / seconds, unit: "MB/s" },
    { what: `${what}: packets`, value: frames / seconds, unit: "packets/s" },
    { what: `${what}: peak memory`, value: peakRssBytes / MB, unit: "MB" },
  ];
}
