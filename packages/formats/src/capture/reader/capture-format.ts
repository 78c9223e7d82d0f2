import type { Issue } from "../../records.ts";

/** What a capture file's reader hands on. Byte views are valid during the call only. */
export type FrameSink = {
  /**
   * One frame, in file order; every frame of the file is told, also those nobody can decode.
   * @param end past the last captured byte
   * @param wireBytes length on the wire, which is more when the capture cut the frame
   * @param timeMs epoch milliseconds, whole
   * @param linkType LINKTYPE_ value; -1 when the frame is to be counted only, `skipReason` saying why
   */
  frame(
    bytes: Uint8Array,
    start: number,
    end: number,
    wireBytes: number,
    timeMs: number,
    linkType: number,
    skipReason: string,
  ): void;
  issue(issue: Issue): void;
  /** Frames told so far. */
  readonly frames: number;
};

/** A file format as a sequence of records whose length their first bytes tell. */
export type CaptureFormat = {
  /**
   * Bytes of the record at `at`, as far as the `available` ones tell: more than `available` asks for that many.
   * 0 means that nothing after this point can be read; an issue was told.
   */
  recordBytes(bytes: Uint8Array, at: number, available: number, fileOffset: number): number;
  /** Reads the complete record. Answers how many bytes after it to skip unread, or -1 when the file ends here. */
  record(bytes: Uint8Array, at: number, length: number, fileOffset: number): number;
};
