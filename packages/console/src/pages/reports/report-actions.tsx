import { etmReportDelete, etmReportDownload, etmReportList } from "@breakwater/client";
import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isUnderWay } from "../../parts/paged-table.tsx";
import { call, callNow } from "../../session/api.ts";
import { saveFile } from "../../session/save-file.ts";
import type { Report } from "./reports-page.tsx";

/** What can be done with a report: to take it, to stop it, to remove it with its files. */
export function ReportActions({ report: { id, status } }: { report: Report }) {
  const queries = useQueryClient();
  const [isSure, setSure] = useState(false);
  const download = useMutation({
    mutationFn: async () => {
      const answer = await callNow(etmReportDownload, { params: { id } });
      const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1];
      saveFile(name ?? `report-${id}.zip`, await new Response(answer.body).blob());
    },
  });
  const remove = useMutation({
    mutationFn: () => call(etmReportDelete, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: [etmReportList.id] }),
  });
  const isRunning = isUnderWay({ status });
  const error = download.error ?? remove.error;
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {error !== null && (
        <Text size="xs" c="red" role="alert">
          {error.message}
        </Text>
      )}
      {status === "COMPLETED" && (
        <Button variant="default" size="compact-xs" loading={download.isPending} onClick={() => download.mutate()}>
          Download
        </Button>
      )}
      <Button
        variant={isSure ? "filled" : "subtle"}
        color="red"
        size="compact-xs"
        loading={remove.isPending}
        onBlur={() => setSure(false)}
        onClick={() => (isSure ? remove.mutate() : setSure(true))}
      >
        {isSure ? "Sure?" : isRunning ? "Cancel" : "Delete"}
      </Button>
    </Group>
  );
}
