/** What one project file may hold; more is left out with a warning. */
export const LIMITS = {
  maxModules: 20_000,
  /** Characters of a name or value; no tool allows so many. */
  maxTextChars: 500,
  /** An .ACD has its directory at the end, so that it is held whole. */
  maxContainerBytes: 128 * 1024 * 1024,
  maxContainerEntries: 4_096,
  /** Of a container's member that is read: quick information is a kilobyte. */
  maxMemberBytes: 1024 * 1024,
  /** Elements within elements; deep stations have some forty. */
  maxDepth: 200,
} as const;
