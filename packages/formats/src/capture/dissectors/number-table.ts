/** Names by number, from one `number name` a line. */
export function readNumberTable(lines: string): Readonly<Record<number, string>> {
  const entries = lines
    .trim()
    .split("\n")
    .map((line): [number, string] => {
      const blank = line.indexOf(" ");
      return [Number(line.slice(0, blank)), line.slice(blank + 1)];
    });
  return Object.fromEntries(entries);
}
