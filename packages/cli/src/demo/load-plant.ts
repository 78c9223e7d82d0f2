import {
  adminTagCreate,
  adminTagList,
  adminUserCreate,
  adminUserList,
  ingestImportList,
  otHostCount,
} from "@breakwater/client";
import { CommandFailure } from "../failure.ts";
import { describeCounts, describeProblems, type ImportJob, uploadFile, waitForImport } from "../imports.ts";
import type { Session } from "../session.ts";
import type { Credentials } from "./credentials.ts";
import { PLANT_FILES, writePlantFiles } from "./plant-files.ts";
import type { StepTimer } from "./step-timer.ts";

/** The cells of the plant, as tags: what is seen from outside matters most, and a Reader is given one of them. */
const CONTROL_NETWORK = { name: "Control network", rule: "asset.interface.address:192.168.20.0/24", criticality: 5 };
const READER_TAG = {
  name: "Siemens cell",
  rule: "asset.interface.macAddress:00:1b:1b*",
  criticality: 5,
  parent: CONTROL_NETWORK.name,
};

export const READER_TAG_NAME = READER_TAG.name;

/**
 * Loads the small plant through the API, as far as it is not there: imports that were cut off go on, none is made
 * twice, and an installation that holds other data is left alone.
 *
 * @param options.timer told what is being done
 * @throws CommandFailure when an import fails
 */
export async function loadPlant(
  session: Session,
  reader: Credentials,
  options: { signal: AbortSignal; timer: StepTimer },
): Promise<void> {
  const { signal, timer } = options;
  const jobs = await (await session.call(ingestImportList, { query: { pageSize: 1000 }, signal })).json<ImportJob[]>();
  const isForeign = jobs.some(({ fileName }) => !PLANT_FILES.some((file) => file === fileName));
  if (isForeign || (jobs.length === 0 && (await countHosts(session, signal)) > 0)) return;

  const started = jobs.filter(({ status }) => status !== "FAILED");
  const missing = PLANT_FILES.filter((file) => !started.some(({ fileName }) => fileName === file));
  if (missing.length > 0) {
    timer.begin("generate plant");
    const { paths, remove } = await writePlantFiles(missing, Date.now());
    try {
      timer.begin(`upload ${missing.join(", ")}`);
      for (const path of paths) started.push(await uploadFile(session, path, { signal }));
    } finally {
      await remove();
    }
  }
  for (const job of started) await finishImport(session, job, options);
  timer.begin("tags and users");
  await createMissingTags(session, signal);
  await createMissingReader(session, reader, signal);
}

/** How many OT hosts the session's user sees. */
export async function countHosts(session: Session, signal: AbortSignal): Promise<number> {
  const { count } = await (await session.call(otHostCount, { signal })).json<{ count: number }>();
  return count;
}

async function finishImport(
  session: Session,
  job: ImportJob,
  { signal, timer }: { signal: AbortSignal; timer: StepTimer },
): Promise<void> {
  if (job.status === "COMPLETED") return;
  timer.begin(`import ${job.fileName}`);
  const finished = await waitForImport(session, job.id, { signal });
  if (finished.status === "FAILED") throw new CommandFailure(describeProblems(finished).join("\n"));
  timer.end(describeCounts(finished.counts));
}

async function createMissingTags(session: Session, signal: AbortSignal): Promise<void> {
  const tags = await (await session.call(adminTagList, { signal })).json<{ name: string }[]>();
  for (const body of [CONTROL_NETWORK, READER_TAG]) {
    if (!tags.some(({ name }) => name === body.name)) await session.call(adminTagCreate, { body, signal });
  }
}

async function createMissingReader(session: Session, reader: Credentials, signal: AbortSignal): Promise<void> {
  const users = await (await session.call(adminUserList, { signal })).json<{ username: string }[]>();
  if (users.some(({ username }) => username === reader.username)) return;
  await session.call(adminUserCreate, { body: { ...reader, role: "Reader", scopeTags: [READER_TAG.name] }, signal });
}
