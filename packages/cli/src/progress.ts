const WIDTH = 24;

/** A line on stderr that is written over; nothing at all where stderr is no terminal. */
export type ProgressLine = {
  /** @param percent 0..100; undefined: no bar */
  show(label: string, percent?: number): void;
  /** Takes the line away. */
  clear(): void;
};

export function createProgressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show: (label, percent) => {
      const bar = percent === undefined ? "" : ` ${toBar(percent)} ${String(percent).padStart(3)} %`;
      const room = Math.max(10, (stream.columns ?? 80) - bar.length - 1);
      stream.write(`\r\x1b[K${label.slice(0, room)}${bar}`);
    },
    clear: () => {
      stream.write("\r\x1b[K");
    },
  };
}

function toBar(percent: number): string {
  const filled = Math.round((percent / 100) * WIDTH);
  return `[${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}]`;
}
