import type { Issue, ScanEvent } from "@breakwater/formats/records";
import { CheckCatalogue } from "./check-catalogue.ts";
import type { PackedBatch } from "./packed-scan.ts";
import { type BatchLimits, DEFAULT_BATCH_LIMITS, ScanBatcher, type ScanPosition } from "./scan-batcher.ts";
import { toStorable } from "./storable-text.ts";

export { buffersOf } from "./packed-scan.ts";

/** What the writing side gets to know of a file, in order: `run` first, `end` last. */
export type ScanStep =
  | { type: "run"; product: string }
  | { type: "issue"; issue: Issue }
  | { type: "batch"; batch: PackedBatch }
  /** Whether the whole file was read; only a complete run may close findings. */
  | { type: "end"; isComplete: boolean };

export type ReadScanOptions = {
  start: ScanPosition;
  /** Epoch ms: when an asset was seen that does not tell. */
  importedAt: number;
  limits?: Partial<BatchLimits> | undefined;
};

const MAX_PRODUCT_CHARS = 200;
/** Product of a file that does not name any. */
const UNKNOWN_PRODUCT = "Unknown scanner";
/** Issues that wait for a batch to come with. */
const MAX_WAITING_STEPS = 500;

/**
 * Turns what a parser tells into batches for the sink. Everything that needs no database is done here, so that it can be
 * done in a thread of its own.
 */
export async function* readScan(
  batches: AsyncIterable<readonly ScanEvent[]>,
  options: ReadScanOptions,
): AsyncGenerator<ScanStep[]> {
  let reader: ScanReader | undefined;
  for await (const events of batches) {
    if (!reader) {
      const product = productOf(events);
      reader = new ScanReader(product, options);
      yield [{ type: "run", product }];
    }
    for (const event of events) reader.read(event);
    if (reader.isReady) yield reader.take();
  }
  if (reader) yield reader.finish();
}

class ScanReader {
  readonly #batcher: ScanBatcher;
  #steps: ScanStep[] = [];
  #hasBatch = false;
  #end: ScanStep | undefined;

  constructor(product: string, { start, importedAt, limits }: ReadScanOptions) {
    this.#batcher = new ScanBatcher(new CheckCatalogue(product), {
      start,
      importedAt,
      limits: { ...DEFAULT_BATCH_LIMITS, ...limits },
      issue: (issue) => this.#steps.push({ type: "issue", issue }),
    });
  }

  read(event: ScanEvent): void {
    if (event.type === "end") this.#end = event;
    const batch = this.#batcher.add(event);
    if (!batch) return;
    this.#steps.push({ type: "batch", batch });
    this.#hasBatch = true;
  }

  get isReady(): boolean {
    return this.#hasBatch || this.#steps.length >= MAX_WAITING_STEPS;
  }

  take(): ScanStep[] {
    const steps = this.#steps;
    this.#steps = [];
    this.#hasBatch = false;
    return steps;
  }

  finish(): ScanStep[] {
    const batch = this.#batcher.finish();
    if (batch) this.#steps.push({ type: "batch", batch });
    if (this.#end) this.#steps.push(this.#end);
    return this.take();
  }
}

function productOf(events: readonly ScanEvent[]): string {
  const product = events.find((event) => event.type === "run")?.run.product ?? "";
  return toStorable(product.trim().slice(0, MAX_PRODUCT_CHARS)) || UNKNOWN_PRODUCT;
}
