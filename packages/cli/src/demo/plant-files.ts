import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { demoPlant, writePlantCapture } from "@breakwater/simulator/capture/index";
import { writeNessus } from "@breakwater/simulator/scans/index";

/** The files that the demo imports: a capture from the plant's network and a scan of its office side. */
export const PLANT_FILES = ["riverside-capture.pcapng", "riverside-scan.nessus"] as const;
export type PlantFile = (typeof PLANT_FILES)[number];

const SEED = 20_480;
const HOUR_MS = 3_600_000;

/**
 * Writes the files into a temporary directory.
 *
 * @param nowMs the capture ends up an hour back, the scan a day
 */
export async function writePlantFiles(
  files: readonly PlantFile[],
  nowMs: number,
): Promise<{ paths: string[]; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "breakwater-demo-"));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const paths = files.map((file) => join(dir, file));
    for (const [index, file] of files.entries()) {
      await pipeline(Readable.from(generate(file, nowMs)), createWriteStream(paths[index] as string));
    }
    return { paths, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function generate(file: PlantFile, nowMs: number): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (file === "riverside-capture.pcapng") {
    return writePlantCapture(demoPlant(), { format: "pcapng", seed: SEED, startAt: nowMs - HOUR_MS, rounds: 3 });
  }
  return writeNessus({ seed: SEED, hosts: 24, itemsPerHost: 40, plugins: 400, startedAt: nowMs - 24 * HOUR_MS });
}
