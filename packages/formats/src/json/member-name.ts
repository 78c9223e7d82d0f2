/** Names longer than this match nothing and are shown cut. */
const MAX_NAME_BYTES = 1_024;

/** A member's name as its bytes come. */
export class MemberName {
  #pieces: Buffer[] = [];
  #length = 0;

  begin(): void {
    this.#pieces = [];
    this.#length = 0;
  }

  add(piece: Buffer): void {
    const kept = piece.subarray(0, Math.max(MAX_NAME_BYTES - this.#length, 0));
    // The chunk may be reused by its owner.
    if (kept.length > 0) this.#pieces.push(Buffer.from(kept));
    this.#length += kept.length;
  }

  read(): string {
    const raw = Buffer.concat(this.#pieces).toString("utf8");
    return raw.includes("\\") ? unescaped(raw) : raw;
  }
}

function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}
