import { ingestImportCreate, ingestImportList } from "@breakwater/client";
import { Autocomplete, Button, FileInput, Group, Progress, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { Panel } from "../../parts/page.tsx";
import { uploadFile } from "../../session/upload.ts";

const PATH = ingestImportCreate.versions["1.0"];

/** Sends files, one after the other, and tells how far they are; what becomes of them stands in the list. */
export function UploadPanel({ connections }: { connections: readonly string[] }) {
  const queries = useQueryClient();
  const [files, setFiles] = useState<File[]>([]);
  const [connection, setConnection] = useState("");
  const [sending, setSending] = useState({ name: "", part: 0 });
  const stop = useRef<AbortController>(null);
  const upload = useMutation({
    mutationFn: async () => {
      for (const file of files) {
        stop.current = new AbortController();
        setSending({ name: file.name, part: 0 });
        const onProgress = (part: number) => setSending({ name: file.name, part });
        await uploadFile(PATH, { file, connection }, { onProgress, signal: stop.current.signal });
        // What is still to be sent, should one of them fail.
        setFiles((all) => all.filter((one) => one !== file));
        void queries.invalidateQueries({ queryKey: [ingestImportList.id] });
      }
    },
  });
  const isStopped = upload.error?.name === "AbortError";
  return (
    <Panel title="Send files">
      <Stack gap="xs">
        <Group align="flex-end" gap="xs">
          <FileInput
            style={{ flex: 2, minWidth: 240 }}
            label="Files"
            description="Scanner output, packet captures, project files, feeds; recognised by content, packed or not"
            placeholder="Choose files"
            multiple
            clearable
            value={files}
            onChange={setFiles}
            disabled={upload.isPending}
          />
          <Autocomplete
            style={{ flex: 1, minWidth: 180 }}
            label="Connection"
            description="Empty: by the product that made the file"
            data={[...connections]}
            maxLength={200}
            value={connection}
            onChange={setConnection}
            disabled={upload.isPending}
          />
          {upload.isPending ? (
            <Button variant="default" size="sm" onClick={() => stop.current?.abort()}>
              Stop
            </Button>
          ) : (
            <Button size="sm" disabled={files.length === 0} onClick={() => upload.mutate()}>
              Import
            </Button>
          )}
        </Group>
        {upload.isPending && (
          <div role="status">
            <Text size="xs" c="dimmed">
              Sending {sending.name}: {Math.floor(sending.part * 100)} %
            </Text>
            <Progress value={sending.part * 100} size="sm" aria-label="Sent" />
          </div>
        )}
        {upload.error !== null && !isStopped && <ErrorNotice error={upload.error} />}
      </Stack>
    </Panel>
  );
}
