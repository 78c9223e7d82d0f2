import { fatal } from "./intake-error.ts";
import { type IntakeLimits, RATIO_GRACE_BYTES } from "./limits.ts";

/** Counts what decompression gives, over an upload and per container. */
export class Budget {
  readonly limits: IntakeLimits;
  #total = 0;

  constructor(limits: IntakeLimits) {
    this.limits = limits;
  }

  /**
   * @param added bytes just decompressed
   * @param consumed compressed bytes of this container so far
   * @param produced decompressed bytes of this container so far, `added` included
   * @throws IntakeError `decompressed-too-large`
   */
  spend(added: number, consumed: number, produced: number): void {
    const { maxDecompressedBytes, maxRatio } = this.limits;
    this.#total += added;
    if (this.#total > maxDecompressedBytes) {
      throw fatal(
        "decompressed-too-large",
        `byte ${consumed}`,
        `the upload decompresses to more than maxDecompressedBytes, ${maxDecompressedBytes}; split it or raise the limit`,
      );
    }
    if (produced > RATIO_GRACE_BYTES && produced > maxRatio * Math.max(consumed, 1)) {
      throw fatal(
        "decompressed-too-large",
        `byte ${consumed}`,
        `the upload decompresses to more than maxRatio, ${maxRatio}, times its size; import it uncompressed if it is honest`,
      );
    }
  }
}
