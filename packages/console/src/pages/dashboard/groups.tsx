import { Progress } from "@mantine/core";
import type { ReactNode } from "react";
import { RecordLink } from "../../parts/links.tsx";
import { RecordTable } from "../../parts/record-table.tsx";
import { toNumber } from "../../parts/time.tsx";

/** Records that have something in common, and the query that lists them. */
export type Group = { name: string; label?: ReactNode; query: string; count: number };

/** How many of each, as numbers and as parts of the largest; each leads to its list. */
export function Groups({
  label,
  of,
  to,
  groups,
}: {
  label: string;
  /** What is counted. */
  of: string;
  to: "/ot/hosts" | "/ot/detections";
  groups: readonly Group[];
}) {
  const largest = Math.max(1, ...groups.map(({ count }) => count));
  return (
    <RecordTable
      label={`${of} by ${label}`}
      records={groups}
      keyOf={({ name }) => name}
      columns={[
        { label, render: ({ name, label: shown = name }) => shown },
        {
          label: "",
          render: ({ count, name }) => (
            <Progress w="clamp(80px, 9vw, 160px)" value={(count / largest) * 100} mt={6} aria-label={name} />
          ),
        },
        {
          label: of,
          isRight: true,
          render: ({ count, query }) => (
            <RecordLink to={to} search={{ q: query }}>
              {toNumber(count)}
            </RecordLink>
          ),
        },
      ]}
    />
  );
}
