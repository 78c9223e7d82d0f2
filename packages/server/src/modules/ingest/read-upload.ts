import { type IntakeMember, openIntake } from "@breakwater/formats/intake/index";
import type { Issue } from "@breakwater/formats/records";
import { connectionOf, forgetSights, type Retag, type ScanStep, startOf, writeScan } from "../findings/index.ts";
import { createCaptureSink, PASSIVE_SENSOR } from "../ot/index.ts";
import { createProjectFileSink, PROJECT_FILE, toProjectUpload } from "../projectfiles/index.ts";
import { retagAssets } from "../tags/index.ts";
import { AdvisoryMembers } from "./advisory-members.ts";
import { isConnectionLive } from "./connection-store.ts";
import { ConnectionBusyError, type ConnectionTurns } from "./connection-turns.ts";
import { FeedMembers } from "./feed-members.ts";
import { closingNothingIf, followsPage } from "./follows-page.ts";
import type { ImportProgress } from "./import-run.ts";
import { type ClaimedImport, findLiveConnection, findOrCreateConnection } from "./import-store.ts";
import type { ImportTaskParts } from "./import-task.ts";
import { findParser, knownFormats } from "./known-formats.ts";
import { readBySize } from "./read-by-size.ts";
import { leaveScoresToWalk, wakeWalk } from "./settle-abandoned.ts";
import type { ImportConnection, ImportRun } from "./sink.ts";

/** Reads all members of the file and ends with everything committed. */
export async function readUpload(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
): Promise<void> {
  const source = parts.files.read(progress.key.id, (bytes) => {
    progress.bytesRead = bytes;
  });
  const feeds = new FeedMembers(parts, progress, job.checkpoint.sink ?? {});
  const advisories = new AdvisoryMembers(progress, job.createdAt, parts.clock);
  const known = knownFormats(job.csvMapping);
  for await (const event of openIntake(source, { maxDecompressedBytes: parts.maxUnpackedBytes }, known)) {
    const isToRead = progress.startMember();
    if (!isToRead) continue;
    if (event.type === "issue") {
      progress.issue(event.issue);
      feeds.noteUnread(event.issue);
    } else if (!isAccepted(job, event.member)) progress.issue(refuseKind(job, event.member));
    else if (event.member.kind === "feed") {
      await advisories.flush();
      await feeds.read(event.member);
    } else if (event.member.kind === "advisory") {
      await feeds.flush();
      await advisories.read(event.member);
    } else {
      await feeds.flush();
      await advisories.flush();
      await readMember(parts, job, progress, turns, event.member);
    }
  }
  await advisories.flush();
  await feeds.finish();
  await advisories.finish();
}

async function readMember(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
  member: Exclude<IntakeMember, { kind: "feed" | "advisory" }>,
): Promise<void> {
  const { subscriptionId } = progress.key;
  progress.format ??= member.format;
  const open = async (product: string): Promise<ImportRun> => {
    const name = job.connectionName ?? product;
    const connection = await findOrCreateConnection(parts.db, subscriptionId, name, product);
    progress.connection ??= { id: connection.id, name };
    return progress.toRun(connection);
  };
  if (member.kind === "capture") {
    const sink = createCaptureSink(await open(PASSIVE_SENSOR));
    for await (const events of member.parse()) await sink.write(events);
    await sink.end();
    return;
  }
  if (member.kind === "projectfile") {
    const sink = createProjectFileSink(await open(PROJECT_FILE), toProjectUpload(job, member), parts.clock);
    for await (const events of member.parse()) await sink.write(events);
    await sink.end();
    return;
  }
  await readScanMember(parts, job, progress, turns, { member, open });
}

async function readScanMember(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
  { member, open }: { member: ScanMember; open: (product: string) => Promise<ImportRun> },
): Promise<void> {
  const { subscriptionId } = progress.key;
  const former = await findFormerConnection(parts, progress);
  let isAfterPage = false;
  const openTurn = async (product: string): Promise<ImportRun> => {
    const run = former ? progress.toRun({ ...former, product }) : await open(product);
    await turns.take(subscriptionId, run.connection.id);
    // Deleted since it was found: the next attempt makes another of its name.
    if (!(await isConnectionLive(parts.db, subscriptionId, run.connection.id))) {
      throw new ConnectionBusyError(`connection ${run.connection.id} has been deleted`);
    }
    isAfterPage = await followsPage(parts.db, progress.key, run.connection.id, member.format);
    return run;
  };
  const retag: Retag = (tx, id, assetIds) => retagAssets(tx, id, assetIds, parts.clock());
  const steps = closingNothingIf(() => isAfterPage, toSteps(job, progress, member));
  await writeScan(steps, openTurn, { retag });
}

/** The connection that a former attempt wrote to, whatever its name is now. If it has ended, the member begins anew. */
async function findFormerConnection(
  { db, jobs }: ImportTaskParts,
  progress: ImportProgress,
): Promise<ImportConnection | undefined> {
  const run = progress.toBareRun();
  const id = connectionOf(run.resumeFrom);
  if (id === undefined) return undefined;
  const found = await findLiveConnection(db, run.subscriptionId, id);
  if (found) return found;
  let isWalkDue = false;
  await progress.commit(async (tx) => {
    isWalkDue = await leaveScoresToWalk(tx, progress.key);
    await forgetSights(tx, run);
  }, {});
  if (isWalkDue) await wakeWalk(jobs, run.subscriptionId);
  return undefined;
}

type ScanMember = Extract<IntakeMember, { kind: "scan" }>;

function toSteps(job: ClaimedImport, progress: ImportProgress, member: ScanMember): AsyncGenerator<ScanStep[]> {
  const { importedAt, resumeFrom } = progress.toBareRun();
  const { format, parseWith } = member;
  const request = { start: startOf(resumeFrom), importedAt, format, csvMapping: job.csvMapping };
  return parseWith((bytes) => readBySize(bytes, request, findParser(request)));
}

function isAccepted({ acceptedKinds }: ClaimedImport, { kind, format }: IntakeMember): boolean {
  // What lies beside the documents of a mirror is passed over with them.
  const own = format === "csaf-directory" ? "csaf" : format;
  return acceptedKinds === null || acceptedKinds.includes(kind) || acceptedKinds.includes(own);
}

/** What the upload's own permission does not cover, or is not what it was said to be, found out by the file's content. */
function refuseKind({ acceptedKinds }: ClaimedImport, { kind, name, format }: IntakeMember): Issue {
  const isByKind = acceptedKinds?.some((accepted) => accepted in KIND_OPERATIONS);
  const advice = isByKind
    ? `use ${KIND_OPERATIONS[kind] ?? "POST /ingest/1.0/import"}`
    : `it is to be ${acceptedKinds}`;
  const message = `${name ?? "the file"} was recognised as ${format}, which is not imported here: ${advice}`;
  return { level: "refused", code: "kind-not-accepted", where: name ?? "byte 0", message, fatal: name === null };
}

const KIND_OPERATIONS: Readonly<Record<string, string>> = {
  capture: "POST /ot/1.0/capture/import",
  projectfile: "POST /ot/1.0/projectfile/import",
};
