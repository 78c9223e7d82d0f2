import type { ByteSource, ScanParser } from "@breakwater/formats/records";
import { readScan, type ScanStep } from "../findings/index.ts";
import { readInThread, type ThreadRequest } from "./read-in-thread.ts";

/** Smaller files are read before a thread for them has started, which takes 0.4 s of CPU. */
const MIN_THREAD_BYTES = 16_777_216;

/**
 * Reads a file in a thread of its own if it is large. Only its own bytes tell: those of the upload may be packed.
 *
 * @param parse the parser of the request's format
 * @throws what {@link readInThread} throws
 */
export async function* readBySize(
  bytes: ByteSource,
  request: ThreadRequest,
  parse: ScanParser,
): AsyncGenerator<ScanStep[]> {
  const source = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  while (length < MIN_THREAD_BYTES) {
    const next = await source.next();
    if (next.done) {
      yield* readScan(parse(chain(head, source)), request);
      return;
    }
    head.push(next.value);
    length += next.value.length;
  }
  yield* readInThread(chain(head, source), request);
}

async function* chain(head: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* head.splice(0);
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
