import { PROJECT_FILE } from "@breakwater/domain/ot/index";
import type { IntakeMember } from "@breakwater/formats/intake/index";
import type { Issue, ProjectFileEvent, ProjectRecord } from "@breakwater/formats/records";
import type { Clock } from "../../context.ts";
import type { ImportRun, ImportSink } from "../ingest/sink.ts";
import { writeProjectFile } from "./write-project-file.ts";

export { PROJECT_FILE };

/** What is known of a project file before it is read. */
export type ProjectUpload = {
  /** As the uploader calls it; null: only its content tells. */
  name: string | null;
  format: string;
  /** SHA-256 of the file as the uploader has it, where the parser sees only a part of it. */
  fileHash: string | null;
  uploadedBy: string;
  plantLocation: string | null;
};

/** A .zef is an archive of its own: what is read is a member, what people know is the whole. */
const PROJECT_OF_ZEF = /(^|\/)unitpro\.xef$/i;

/** @param job the import whose upload the member is, or is a part of */
export function toProjectUpload(
  job: { fileName: string | null; fileHash: string; createdBy: string; plantLocation: string | null },
  { name, format }: Pick<IntakeMember, "name" | "format">,
): ProjectUpload {
  const { fileName, fileHash, createdBy: uploadedBy, plantLocation } = job;
  const common = { format, uploadedBy, plantLocation };
  if (name === null) return { ...common, name: fileName, fileHash: null };
  const inArchive = name.replace(PROJECT_OF_ZEF, "");
  if (inArchive === "") return { ...common, name: fileName, fileHash };
  return { ...common, name: inArchive.slice(inArchive.lastIndexOf("/") + 1), fileHash: null };
}

/**
 * Turns a project file into its record and the OT hosts it describes, in one transaction at the end of the file: a
 * project is replaced as a whole, or stands as it was.
 *
 * @param clock what `now` means in the rules of tags
 */
export function createProjectFileSink(
  run: ImportRun,
  upload: ProjectUpload,
  clock: Clock,
): ImportSink<ProjectFileEvent> {
  let project: ProjectRecord | null = null;
  let end = { isComplete: false, fileHash: "" };
  return {
    write: async (events) => {
      for (const event of events) {
        if (event.type === "issue") run.issue(event.issue);
        else if (event.type === "project") project = event.project;
        else end = event;
      }
    },
    end: async () => {
      let notes = (run.resumeFrom.notes ?? []) as Issue[];
      if (run.resumeFrom.isDone !== true) {
        const fileHash = upload.fileHash ?? end.fileHash;
        const file = { ...upload, fileHash, project, isComplete: end.isComplete };
        await run.commit(
          async (tx) => {
            notes = await writeProjectFile(tx, run, file, clock());
          },
          () => ({ isDone: true, notes }),
        );
      }
      // Found out while writing, and kept with the checkpoint: an issue is told on every pass.
      for (const note of notes) run.issue(note);
    },
  };
}
