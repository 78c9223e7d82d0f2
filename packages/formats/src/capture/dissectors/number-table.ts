/** Names by number, from `number name` parted by bars and ends of lines. */
export function readNumberTable(lines: string): Readonly<Record<number, string>> {
  const entries = lines
    .trim()
    .split(/ \| |\n/)
    .map((line): [number, string] => {
      const blank = line.indexOf(" ");
      return [Number(line.slice(0, blank)), line.slice(blank + 1)];
    });
  return Object.fromEntries(entries);
}
