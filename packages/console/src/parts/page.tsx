import { Group, Loader, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

/** The frame of a page: its title, also of the window, what can be done, and its content. */
export function Page({
  title,
  note,
  actions,
  children,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Breakwater`;
  }, [title]);
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end" wrap="nowrap">
        <Group gap="sm" align="baseline">
          <Title order={1} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {note !== undefined && (
            <Text size="sm" c="dimmed" component="div">
              {note}
            </Text>
          )}
        </Group>
        <Group gap="xs" wrap="nowrap">
          {actions}
        </Group>
      </Group>
      {children}
    </Stack>
  );
}

/** A part of a page under a title of its own. */
export function Panel({ title, children, actions }: { title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <Paper component="section" withBorder p="sm" aria-label={title} h="100%" style={{ background: "var(--surface)" }}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{title}</Title>
        {actions}
      </Group>
      {children}
    </Paper>
  );
}

/** Names and values, for what is one of its kind. Values that are absent are left out. */
export function Facts({ rows }: { rows: Readonly<Record<string, ReactNode>> }) {
  const shown = Object.entries(rows).filter(
    ([, value]) => value !== null && value !== undefined && value !== "" && value !== false,
  );
  return (
    <dl className="facts">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Waiting() {
  return (
    <Group justify="center" p="xl" role="status" aria-label="Loading">
      <Loader size="sm" />
    </Group>
  );
}
