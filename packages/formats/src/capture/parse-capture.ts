import type { CaptureEvent, CaptureParser } from "../records.ts";
import { CaptureAnalysis } from "./capture-analysis.ts";
import { LIMITS } from "./limits.ts";
import { CaptureReader } from "./reader/capture-reader.ts";

const EVENTS_PER_BATCH = 500;

/**
 * Reads a packet capture (pcap or pcapng) and tells which OT devices identify themselves in it, who talks to whom and
 * which MAC speaks for which address. Memory does not grow with the file.
 *
 * A statement that a device repeats unchanged is told once, with the first frame as its evidence. Addresses of
 * senders behind a router come without a MAC, because the frame has the router's.
 *
 * Issues: `capture-empty`, `not-a-capture`, `link-type`, `unknown-interface`, `packet-length`, `block-length`,
 * `capture-truncated`, `conversation-limit`, `address-limit`, `memory-limit`.
 */
export const parseCapture: CaptureParser = async function* parseCapture(source) {
  const analysis = new CaptureAnalysis();
  const reader = new CaptureReader(analysis);
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length && !reader.isDamaged; at += LIMITS.sliceBytes) {
      reader.push(chunk.subarray(at, at + LIMITS.sliceBytes));
      if (analysis.hasEvents) yield analysis.takeEvents();
    }
    if (reader.isDamaged) break;
  }
  const isComplete = reader.end();
  let batch: CaptureEvent[] = [];
  for (const event of analysis.finish(isComplete)) {
    batch.push(event);
    if (batch.length === EVENTS_PER_BATCH) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
};
