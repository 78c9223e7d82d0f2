import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { type AuditSearch, readAuditSearch } from "./audit-search.ts";

const RESULTS = [
  { value: "", label: "Any" },
  { value: "success", label: "Success" },
  { value: "failure", label: "Failure" },
];

/** @param props.filter as it was asked for last, without its place in the log */
export function AuditFilter({ filter, onChange }: { filter: AuditSearch; onChange: (next: AuditSearch) => void }) {
  const given = JSON.stringify(filter);
  const [draft, setDraft] = useState<Record<string, unknown>>(filter);
  useEffect(() => setDraft(JSON.parse(given)), [given]);
  const field = (name: keyof AuditSearch) => ({
    value: String(draft[name] ?? ""),
    onChange: (event: { currentTarget: { value: string } }) =>
      setDraft({ ...draft, [name]: event.currentTarget.value }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(readAuditSearch(draft));
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput label="Who" placeholder="admin" {...field("actor")} />
        <TextInput label="What" placeholder="auth.login" {...field("action")} />
        <NativeSelect label="Result" data={RESULTS} {...field("result")} />
        <TextInput type="date" label="From (UTC)" {...field("from")} />
        <TextInput type="date" label="To (UTC)" {...field("to")} />
        <Button type="submit" size="sm">
          Show
        </Button>
        {given !== "{}" && (
          <Button variant="subtle" size="sm" onClick={() => onChange({})}>
            All
          </Button>
        )}
      </Group>
    </form>
  );
}
