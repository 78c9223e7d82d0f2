import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { demoPlant, writePlantCapture } from "@breakwater/simulator/capture/index";

/** One round of the plant with so many cycles, about; sets the number of rounds. */
const CYCLES_PER_ROUND = 200;

/**
 * Writes a generated capture: a longer one begins with the bytes of a shorter one. Arguments: bytes, about, and the path.
 * It ends between two frames.
 */
const [bytes = "", path = ""] = process.argv.slice(2);
const layout = { format: "pcap", startAt: Date.UTC(2026, 0, 5), seed: 7, cyclesPerRound: CYCLES_PER_ROUND } as const;
async function* cut() {
  let written = 0;
  // More rounds than are needed: the stream ends at the size that was asked for, between two chunks.
  for await (const chunk of writePlantCapture(demoPlant(), { ...layout, rounds: Number(bytes) })) {
    yield chunk;
    written += chunk.length;
    if (written >= Number(bytes)) return;
  }
}
await pipeline(cut, createWriteStream(path));
