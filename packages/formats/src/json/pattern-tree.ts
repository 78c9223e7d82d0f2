/** A place in the tree of wanted ones; `pattern` is null where only what is below is wanted. */
export type PatternNode = { pattern: string | null; children: Map<string, PatternNode> };

/** @param patterns see `JsonRecordReader` */
export function toPatternTree(patterns: readonly string[]): PatternNode {
  const root: PatternNode = { pattern: null, children: new Map() };
  for (const pattern of patterns) {
    let node = root;
    for (const part of pattern === "" ? [] : pattern.split(/(?<!\\)\./)) {
      const name = part.replaceAll("\\.", ".");
      const next = node.children.get(name) ?? { pattern: null, children: new Map() };
      node.children.set(name, next);
      node = next;
    }
    node.pattern = pattern;
  }
  return root;
}
