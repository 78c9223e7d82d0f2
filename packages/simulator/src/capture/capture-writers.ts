const LINKTYPE_ETHERNET = 1;
const SNAP_BYTES = 262_144;

/** How a capture file is laid out. */
export type CaptureLayout = {
  format: "pcap" | "pcapng";
  /** Little when absent. */
  byteOrder?: "little" | "big";
  /** Unit of the time stamps; microseconds when absent. */
  timeUnit?: "microseconds" | "nanoseconds";
};

/** Writes frames in one file format. Times are whole microseconds since the epoch. */
export type CaptureWriter = {
  header(): Uint8Array;
  frame(timeUs: number, frame: Uint8Array): Uint8Array;
};

export function captureWriter(layout: CaptureLayout): CaptureWriter {
  const isLittle = layout.byteOrder !== "big";
  const hasNanoseconds = layout.timeUnit === "nanoseconds";
  return layout.format === "pcap" ? pcapWriter(isLittle, hasNanoseconds) : pcapngWriter(isLittle, hasNanoseconds);
}

/** draft-ietf-opsawg-pcap */
function pcapWriter(isLittle: boolean, hasNanoseconds: boolean): CaptureWriter {
  return {
    header() {
      const view = new DataView(new ArrayBuffer(24));
      view.setUint32(0, hasNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, isLittle);
      view.setUint16(4, 2, isLittle);
      view.setUint16(6, 4, isLittle);
      view.setUint32(16, SNAP_BYTES, isLittle);
      view.setUint32(20, LINKTYPE_ETHERNET, isLittle);
      return new Uint8Array(view.buffer);
    },
    frame(timeUs, frame) {
      const record = new Uint8Array(16 + frame.length);
      const view = new DataView(record.buffer);
      const seconds = Math.floor(timeUs / 1_000_000);
      view.setUint32(0, seconds, isLittle);
      view.setUint32(4, (timeUs - seconds * 1_000_000) * (hasNanoseconds ? 1000 : 1), isLittle);
      view.setUint32(8, frame.length, isLittle);
      view.setUint32(12, frame.length, isLittle);
      record.set(frame, 16);
      return record;
    },
  };
}

/** draft-ietf-opsawg-pcapng: one section, one interface, enhanced packet blocks. */
function pcapngWriter(isLittle: boolean, hasNanoseconds: boolean): CaptureWriter {
  return {
    header() {
      const view = new DataView(new ArrayBuffer(28 + 32));
      view.setUint32(0, 0x0a0d0d0a, isLittle);
      view.setUint32(4, 28, isLittle);
      view.setUint32(8, 0x1a2b3c4d, isLittle);
      view.setUint16(12, 1, isLittle);
      // The section's length is not known in advance: all ones.
      view.setInt32(16, -1, isLittle);
      view.setInt32(20, -1, isLittle);
      view.setUint32(24, 28, isLittle);
      view.setUint32(28, 1, isLittle);
      view.setUint32(32, 32, isLittle);
      view.setUint16(36, LINKTYPE_ETHERNET, isLittle);
      view.setUint32(40, SNAP_BYTES, isLittle);
      // Option 9, if_tsresol.
      view.setUint16(44, 9, isLittle);
      view.setUint16(46, 1, isLittle);
      view.setUint8(48, hasNanoseconds ? 9 : 6);
      view.setUint32(56, 32, isLittle);
      return new Uint8Array(view.buffer);
    },
    frame(timeUs, frame) {
      const length = 32 + ((frame.length + 3) & ~3);
      const block = new Uint8Array(length);
      const view = new DataView(block.buffer);
      const units = BigInt(timeUs) * (hasNanoseconds ? 1000n : 1n);
      view.setUint32(0, 6, isLittle);
      view.setUint32(4, length, isLittle);
      view.setUint32(12, Number(units >> 32n), isLittle);
      view.setUint32(16, Number(units & 0xffffffffn), isLittle);
      view.setUint32(20, frame.length, isLittle);
      view.setUint32(24, frame.length, isLittle);
      block.set(frame, 28);
      view.setUint32(length - 4, length, isLittle);
      return block;
    },
  };
}
