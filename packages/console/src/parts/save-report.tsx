import { etmReportSubmit } from "@breakwater/client";
import { Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { call } from "../session/api.ts";
import { RecordLink } from "./links.tsx";

/** Starts a CSV report over the queries as they were run; the page of reports has it when it is done. */
export function SaveReport({
  findingsQql,
  assetQql,
}: {
  findingsQql: string | undefined;
  assetQql: string | undefined;
}) {
  const report = useMutation({
    mutationFn: async () => {
      const body = {
        reportFormat: "CSV",
        name: toName(findingsQql ?? assetQql ?? ""),
        ...(findingsQql === undefined ? {} : { findingsQql }),
        ...(assetQql === undefined ? {} : { assetQql }),
      };
      return (await call(etmReportSubmit, { body })).json();
    },
  });
  return (
    <>
      {report.error !== null && (
        <Text size="xs" c="red" role="alert">
          {report.error.message}
        </Text>
      )}
      {report.data !== undefined && (
        <Text size="xs" c="dimmed" role="status">
          Asked for: <RecordLink to="/reports">see the reports</RecordLink>
        </Text>
      )}
      <Button variant="default" loading={report.isPending} onClick={() => report.mutate()}>
        Save as CSV report
      </Button>
    </>
  );
}

function toName(query: string): string {
  const text = query.replaceAll(/\s+/g, " ");
  return text === "" ? "All findings" : `Findings: ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`;
}
