/** Bounds of one parse: memory depends on these, never on the capture. */
export const LIMITS = {
  /** Largest frame believed; the common default of capture tools' snapshot length. */
  maxFrameBytes: 256 * 1024,
  /** Interfaces of one pcapng section. */
  maxInterfaces: 4096,
  /** A larger chunk is worked off in slices of this size, so that events leave in between. */
  sliceBytes: 256 * 1024,
  /** Addresses remembered for conversations and MAC pairs. */
  maxAddresses: 262_144,
  /** MAC addresses remembered for conversations below IP. */
  maxMacAddresses: 65_536,
  /** Further MACs of addresses that more than one MAC spoke for. */
  maxExtraPairs: 16_384,
  maxConversations: 50_000,
  /** Five-tuples whose direction is remembered; all are forgotten when there are more. */
  maxFlows: 131_072,
  /** Reassembled TCP connections; the oldest is dropped for a new one. */
  maxStreams: 16_384,
  /** Segments and bytes that wait for a missing one, per direction. */
  maxHeldSegments: 32,
  maxHeldBytes: 128 * 1024,
  /** Bytes buffered by reassembly and dissectors together. */
  maxBufferedBytes: 32 * 1024 * 1024,
  /** Above this the oldest connections are dropped, so that half-open ones cannot starve the living. */
  comfortableBufferedBytes: 24 * 1024 * 1024,
  /** IP datagrams under reassembly, and their bytes. */
  maxFragmentedDatagrams: 256,
  maxFragmentBytes: 8 * 1024 * 1024,
  /** RFC 1122 section 3.3.2 asks for 60 to 120 seconds. */
  fragmentTimeoutMs: 60_000,
  /** Identical statements are told once; this many are remembered. */
  maxRememberedStatements: 20_000,
  /** Process-integrity events that may still go on; the oldest is told for a new one. */
  maxOpenEvents: 4_096,
  /** Messages of one kind further apart are two events. */
  eventGapMs: 60_000,
  /** Issues of one code told one by one; the rest is counted. */
  maxIssuesPerCode: 100,
  /** A progress event every so many frames. */
  framesPerProgress: 65_536,
} as const;

/** Bytes that reassembly may hold, shared by everything that buffers. */
export class MemoryBudget {
  readonly maxBytes: number;
  usedBytes = 0;
  refusals = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Takes `bytes` when they fit; otherwise counts a refusal and answers false. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.maxBytes) {
      this.refusals += 1;
      return false;
    }
    this.usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.usedBytes -= bytes;
  }
}
