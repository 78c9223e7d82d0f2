import { spawn, spawnSync } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseCapture } from "@breakwater/formats/capture/index";
import { demoPlant, writePlantCapture } from "@breakwater/simulator/capture/index";
import type { BenchResult } from "./result.ts";

export type CaptureBenchOptions = {
  /** Size of the capture; default 1 GB. */
  bytes?: number;
};

type Reading = { seconds: number; frames: number; peakRssBytes: number };

const MB = 1_000_000;
/** One round of the plant with so many cycles, about; sets the number of rounds. */
const CYCLES_PER_ROUND = 200;
const SAMPLE_MS = 50;
/** What tshark has to read so that it dissects as far as we do. */
const FIELDS = ["frame.number", "ip.src", "ip.dst", "enip.lir.serial", "s7comm.szl.xy11.0001.anz"];

/** Reads a generated capture of a plant with our parser and, where it is installed, with `tshark -T fields`, one after the other. */
export async function runCaptureBench({ bytes = 1000 * MB }: CaptureBenchOptions = {}): Promise<BenchResult> {
  const dir = await mkdtemp(join(tmpdir(), "breakwater-bench-capture-"));
  const file = join(dir, "plant.pcap");
  try {
    await writeCapture(file, bytes);
    const { size } = await stat(file);
    const ours = await readOurselves(file);
    const rows = [
      ...toRows("parser", size, ours),
      { what: "parser, peak memory", value: ours.peakRssBytes / MB, unit: "MB" },
    ];
    if (spawnSync("tshark", ["--version"]).status === 0) {
      const theirs = await readWithTshark(file);
      if (theirs.frames !== ours.frames) throw new Error(`${ours.frames} frames read, ${theirs.frames} by tshark`);
      rows.push(...toRows("tshark -T fields", size, theirs));
      rows.push({ what: "parser to tshark", value: theirs.seconds / ours.seconds, unit: "times as fast" });
    } else {
      console.log("tshark is not installed: nothing to compare with");
    }
    return { name: `reading a capture of ${Math.round(size / MB)} MB, ${ours.frames} packets`, rows };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function writeCapture(file: string, bytes: number): Promise<void> {
  const layout = { format: "pcap", startAt: Date.UTC(2026, 0, 5), seed: 7, cyclesPerRound: CYCLES_PER_ROUND } as const;
  async function* cut() {
    let written = 0;
    // More rounds than are needed: the stream ends at the size that was asked for, between two chunks.
    for await (const chunk of writePlantCapture(demoPlant(), { ...layout, rounds: bytes })) {
      yield chunk;
      written += chunk.length;
      if (written >= bytes) return;
    }
  }
  await pipeline(cut, createWriteStream(file));
}

async function readOurselves(file: string): Promise<Reading> {
  let frames = 0;
  let peakRssBytes = 0;
  const sampler = setInterval(() => {
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const start = performance.now();
  for await (const batch of parseCapture(createReadStream(file, { highWaterMark: 1024 * 1024 })))
    for (const event of batch) if (event.type === "end") frames = event.summary.frames;
  const seconds = (performance.now() - start) / 1000;
  clearInterval(sampler);
  return { seconds, frames, peakRssBytes };
}

async function readWithTshark(file: string): Promise<Reading> {
  const start = performance.now();
  const child = spawn("tshark", ["-n", "-r", file, "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field])], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let frames = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>)
    for (const byte of chunk) if (byte === 0x0a) frames += 1;
  return { seconds: (performance.now() - start) / 1000, frames, peakRssBytes: 0 };
}

function toRows(what: string, bytes: number, { seconds, frames }: Reading): BenchResult["rows"] {
  return [
    { what: `${what}, bytes`, value: bytes / MB / seconds, unit: "MB/s" },
    { what: `${what}, packets`, value: frames / seconds, unit: "packets/s" },
  ];
}
