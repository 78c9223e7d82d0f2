import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { type Band, Mark } from "../../parts/marks.tsx";
import { Panel } from "../../parts/page.tsx";
import { type Column, RecordTable } from "../../parts/record-table.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import type { HostDetail } from "./ot-host-page.tsx";

type Evidence = HostDetail["evidence"][number];

const STANDINGS: Readonly<Record<Evidence["standing"], readonly [band: Band, meaning: string]>> = {
  used: ["low", "This value is shown"],
  agreeing: ["low", "Another source says the same"],
  conflict: ["high", "Another value, from a better source, is shown"],
  superseded: ["none", "Its own source has said other since"],
};

const columns: readonly Column<Evidence>[] = [
  { label: "Of", render: ({ field }) => toWords(field) },
  { label: "Value", isWide: true, render: ({ value }) => <span className="mono">{value}</span> },
  {
    label: "Standing",
    render: ({ standing }) => (
      <Mark band={STANDINGS[standing][0]} hint={STANDINGS[standing][1]}>
        {standing}
      </Mark>
    ),
  },
  {
    label: "Told by",
    render: ({ source, protocol }) => (
      <>
        {source} <span className="quiet">{protocol}</span>
      </>
    ),
  },
  { label: "Sure", isRight: true, render: ({ confidence }) => `${confidence}\u00a0%` },
  { label: "Frame", isRight: true, render: ({ frame }) => (frame === null ? "" : toNumber(frame)) },
  { label: "Last seen", render: ({ lastSeen }) => <Time at={lastSeen} /> },
];

const keyOf = (one: Evidence) =>
  `${one.field} ${one.value} ${one.source} ${one.protocol} ${one.importId} ${one.frame} ${one.firstSeen} ${one.standing}`;

/** What sources disagree on, each with the value that is shown instead. Nothing where they agree. */
export function ConflictsPanel({ evidence }: { evidence: readonly Evidence[] }) {
  const fields = new Set(evidence.filter(({ standing }) => standing === "conflict").map(({ field }) => field));
  if (fields.size === 0) return null;
  const rows = evidence.filter(({ field, standing }) => fields.has(field) && standing !== "superseded");
  return (
    <Panel title="Sources disagree">
      <Table label="Conflicts" rows={rows} />
    </Panel>
  );
}

const FIRST = 25;

/** Every source's word on every member. */
export function EvidencePanel({ evidence }: { evidence: readonly Evidence[] }) {
  const [isWhole, setWhole] = useState(false);
  const rows = isWhole ? evidence : evidence.slice(0, FIRST);
  return (
    <Panel title="How it is known">
      {evidence.length === 0 && (
        <Text size="sm" c="dimmed">
          No source told anything of it by itself.
        </Text>
      )}
      {evidence.length > 0 && <Table label="Evidence" rows={rows} />}
      {rows.length < evidence.length && (
        <Button variant="default" mt="xs" onClick={() => setWhole(true)}>
          Show all {toNumber(evidence.length)}
        </Button>
      )}
    </Panel>
  );
}

function Table({ label, rows }: { label: string; rows: readonly Evidence[] }) {
  return (
    <div style={{ overflowX: "auto" }}>
      <RecordTable label={label} records={rows} keyOf={keyOf} columns={columns} />
    </div>
  );
}

/** `module:1/4:firmwareVersion` is "rack 1 slot 4: firmware version". */
function toWords(field: string): string {
  const [, rack, slot, member] = /^module:(\d*)\/(\d+):(.+)$/.exec(field) ?? [];
  if (member !== undefined) return `${rack ? `rack ${rack} ` : ""}slot ${slot}: ${spaced(member)}`;
  const [name = "", ...rest] = field.split(":");
  return [spaced(name), rest.join(":")].filter(Boolean).join(" ");
}

function spaced(name: string): string {
  return name.replaceAll(/(?<=[a-z])([A-Z][a-z])/g, " $1").replaceAll(/ [A-Z][a-z]/g, (part) => part.toLowerCase());
}
