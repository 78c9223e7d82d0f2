import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openIntake } from "@breakwater/formats/intake/index";
import type { Issue } from "@breakwater/formats/records";
import type { Database } from "../../db/pool.ts";
import { type Checkpoint, type ImportCounts, type ImportRun, NO_COUNTS } from "../ingest/sink.ts";
import { createProjectFileSink, PROJECT_FILE, toProjectUpload } from "./project-file-sink.ts";

const FIXTURES = fileURLToPath(new URL("../../../../formats/fixtures/", import.meta.url));

export function readFixture(path: string): Buffer {
  return readFileSync(FIXTURES + path);
}

export type ProjectRunOptions = {
  importedAt?: number;
  fileName?: string;
  network?: string;
  plantLocation?: string | null;
  /** Fails at this commit, counted from 1, having rolled it back. */
  failAtCommit?: number;
};

let nextJob = 1;

/** Imports a project file with real transactions. */
export async function importProject(
  db: Database,
  subscriptionId: number,
  file: Uint8Array,
  options: ProjectRunOptions = {},
): Promise<{ counts: ImportCounts; issues: Issue[] }> {
  const { importedAt = Date.UTC(2026, 0, 1), network = "default", plantLocation = null } = options;
  const counts = { ...NO_COUNTS };
  const issues: Issue[] = [];
  let commits = 0;
  const run: ImportRun = {
    subscriptionId,
    jobId: `00000000-0000-4000-9000-${String(nextJob++).padStart(12, "0")}`,
    connection: { id: 1, product: PROJECT_FILE, network, closesMissing: false },
    importedAt,
    counts,
    resumeFrom: {} as Checkpoint,
    issue: (issue) => issues.push(issue),
    signal: new AbortController().signal,
    commit: async (work) => {
      commits += 1;
      await db.imports.transaction().execute(async (tx) => {
        await work(tx);
        if (commits === options.failAtCommit) throw new Error("the server stopped");
      });
    },
  };
  const job = { fileName: options.fileName ?? "line.L5X", fileHash: "00", createdBy: "jane", plantLocation };
  async function* source() {
    yield file;
  }
  for await (const event of openIntake(source())) {
    if (event.type === "issue") issues.push(event.issue);
    else if (event.member.kind === "projectfile") {
      const sink = createProjectFileSink(run, toProjectUpload(job, event.member), () => importedAt);
      for await (const events of event.member.parse()) await sink.write(events);
      await sink.end();
    }
  }
  return { counts, issues };
}
