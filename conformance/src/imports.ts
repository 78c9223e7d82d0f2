import { bodyOf, call, get } from "./http.ts";
import { poll } from "./poll.ts";
import type { Target } from "./target.ts";

/** A job of `POST /ingest/1.0/import`, as far as the tests read it. */
export type ImportJob = {
  id: string;
  status: "REQUESTED" | "IN_PROGRESS" | "COMPLETED" | "FAILED";
  progress: number;
  format: string | null;
  fileName: string | null;
  connection: string | null;
  message: string | null;
  counts: Record<string, number>;
  issues: { level: string; code: string; location: string; message: string }[];
};

/** Sends a file and follows its job to the end. */
export async function importFile(
  target: Target,
  token: string,
  file: string | Uint8Array,
  options: { path?: string; headers?: Record<string, string> } = {},
): Promise<ImportJob> {
  const path = options.path ?? "/ingest/1.0/import";
  const headers = { "content-type": "application/octet-stream", ...options.headers };
  const job = await bodyOf<ImportJob>(await call(target, "POST", path, { token, body: file, headers }), 202);
  return followImport(target, token, job.id);
}

/** The job once it has ended, one way or the other. */
export function followImport(target: Target, token: string, id: string): Promise<ImportJob> {
  return poll(
    async () => bodyOf<ImportJob>(await get(target, `/ingest/1.0/import/${id}`, token)),
    (job) => job.status === "COMPLETED" || job.status === "FAILED",
  );
}
