import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";
import { UploadQuery } from "../schemas/upload.ts";

/** Take in a capture: ot.md 1, own addition. */
export const otCaptureImport = defineOperation({
  id: "ot.capture.import",
  method: "POST",
  versions: { "1.0": "/ot/1.0/capture/import" },
  summary: "Import a packet capture or a Zeek log",
  description:
    "As POST /ingest/1.0/import, for captures (pcap, pcapng) and Zeek logs only, also in gzip or zip. Follow the job by GET /ot/1.0/import/{id}.",
  access: { permission: "Import OT OCA File Access" },
  query: UploadQuery,
  body: { kind: "stream", description: "A packet capture or a Zeek log" },
  responses: { 202: { description: "The job", schema: ImportJob } },
});
