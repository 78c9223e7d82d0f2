import { type CaptureLayout, captureWriter } from "./capture-writers.ts";
import type { Plant } from "./plant.ts";
import { PlantTraffic } from "./plant-traffic.ts";

const CHUNK_BYTES = 64 * 1024;
const FRAME_DISTANCE_US = 400;

export type PlantCaptureOptions = CaptureLayout & {
  /** Epoch ms of the first frame. */
  startAt: number;
  /** Same seed, same bytes. */
  seed: number;
  /** How often every device is asked; 1 when absent. */
  rounds?: number;
  /** Process-data exchanges with every device per round; 2 when absent. About 3 KB each over twelve devices. */
  cyclesPerRound?: number;
};

/**
 * Writes what a capture on the plant's network would hold: ARP, EtherNet/IP ListIdentity by broadcast and over TCP,
 * implicit I/O, and S7comm connections that read the identification lists and variables. Streams in chunks of about
 * 64 KiB, so that any size can be made.
 */
export async function* writePlantCapture(plant: Plant, options: PlantCaptureOptions): AsyncGenerator<Uint8Array> {
  const writer = captureWriter(options);
  const traffic = new PlantTraffic(plant, options.seed, options.cyclesPerRound ?? 2);
  let timeUs = options.startAt * 1000;
  let chunk = new Uint8Array(CHUNK_BYTES);
  let used = 0;
  const head = writer.header();
  chunk.set(head);
  used = head.length;
  for (let round = 0; round < (options.rounds ?? 1); round++) {
    for (const frame of traffic.round()) {
      const record = writer.frame(timeUs, frame);
      timeUs += FRAME_DISTANCE_US;
      if (used + record.length > CHUNK_BYTES) {
        yield chunk.subarray(0, used);
        chunk = new Uint8Array(CHUNK_BYTES);
        used = 0;
      }
      chunk.set(record, used);
      used += record.length;
    }
  }
  yield chunk.subarray(0, used);
}
