import type { TokenTable } from "@breakwater/domain/query/index";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { checkText, withSuggestion } from "../query/check-text.ts";
import { QueryEditor } from "../query/query-editor.tsx";

/**
 * A query as it is being written: run by Enter or the button, and only when the server would take it.
 *
 * @param props.query what was run last
 */
export function SearchBox(props: {
  table: TokenTable;
  label: string;
  hint: string;
  query: string;
  onRun: (query: string) => void;
}) {
  const { table, label, hint, query, onRun } = props;
  const [text, setText] = useState(query);
  const [refused, setRefused] = useState<string>();
  useEffect(() => {
    setText(query);
    setRefused(undefined);
  }, [query]);
  const run = (wanted: string) => {
    if (checkText(wanted, table) === undefined) onRun(wanted.trim());
    else setRefused(wanted);
  };
  // A text in the middle of being written is underlined; it is explained in words once somebody wanted to run it.
  const error = refused === text || text === query ? checkText(text, table) : undefined;
  const fixed = error === undefined ? undefined : withSuggestion(text, error);
  return (
    <Stack gap={4}>
      <Group gap="xs" align="flex-start" wrap="nowrap">
        <QueryEditor table={table} label={label} hint={hint} value={text} onRun={run} onChange={setText} />
        <Button h={33} onClick={() => run(text)}>
          Search
        </Button>
      </Group>
      {error !== undefined && (
        <Group gap="xs" role="alert">
          <Text size="sm" c="red">
            Line {error.line}, column {error.column}: {error.message}
          </Text>
          {fixed !== undefined && (
            <Button variant="light" size="compact-xs" onClick={() => run(fixed)}>
              Use {error.suggestion}
            </Button>
          )}
        </Group>
      )}
    </Stack>
  );
}
