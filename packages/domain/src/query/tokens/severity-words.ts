/** Words that stand for the severities 1 to 5. */
export const severityWords: Readonly<Record<string, number>> = {
  informational: 1,
  minimal: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};
