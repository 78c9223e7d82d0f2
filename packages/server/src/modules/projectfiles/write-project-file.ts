import { createHash } from "node:crypto";
import {
  type DeviceStatements,
  isDeviceIp,
  isDeviceMac,
  isOtherHardware,
  type ProjectHost,
  serialKeysOf,
  toProjectHosts,
  toProjectStatements,
} from "@breakwater/domain/ot/index";
import type { Issue, ProjectModuleRecord, ProjectRecord } from "@breakwater/formats/records";
import type { Transaction } from "kysely";
import { isPossibleTime, lockScores, rescoreAssets } from "../findings/index.ts";
import type { ImportRun } from "../ingest/sink.ts";
import { refreshHosts, resolveAssets } from "../ot/index.ts";
import { retagAssets, setOwnTag } from "../tags/index.ts";
import { forgetHosts, rewriteEvidence } from "./project-evidence-store.ts";
import type { ProjectUpload } from "./project-file-sink.ts";
import {
  findProjectFile,
  type KnownProjectFile,
  listSeenNumbers,
  lockProjectFiles,
  type NamedHost,
  type ProjectFileRow,
  replaceHosts,
  type StoredModule,
  saveProjectFile,
} from "./write-store.ts";

/** A file as its parser left it: without a project, nothing of it could be read. */
export type ReadProjectFile = ProjectUpload & {
  fileHash: string;
  project: ProjectRecord | null;
  isComplete: boolean;
};

/** Static tag of hosts that a project file describes (qql.md 2). */
const PROJECT_TAG = "ICS_OCA";
const MAX_NAME_CHARS = 255;

/**
 * Writes one project file: its record, the hosts it describes, and what becomes of hosts that an older version of the
 * project described and this one does not. The same file again changes nothing.
 *
 * @returns what the importer should know and only the stored world tells
 */
export async function writeProjectFile(
  tx: Transaction<unknown>,
  run: ImportRun,
  file: ReadProjectFile,
  nowMs: number,
): Promise<Issue[]> {
  const { subscriptionId, connection } = run;
  const { network } = connection;
  await lockScores(tx, "shared");
  await lockProjectFiles(tx, subscriptionId);
  const known = await findProjectFile(tx, { subscriptionId, network }, file.project?.key ?? null, file.fileHash);
  const savedAt = toSavedAt(run, file, known);
  const refusal = known === null || known.fileHash === file.fileHash ? null : refuseVersion(run, file, known, savedAt);
  if (refusal !== null) return [refusal];
  const id = await saveProjectFile(tx, subscriptionId, toRow(run, file, known, savedAt), known);
  if (file.project === null) return [];
  run.counts.recordsRead += file.project.modules.length;

  const hosts = toProjectHosts(file.project.modules);
  const devices = toDevices(hosts, file, savedAt);
  const notes = await noteOtherHardware(tx, { subscriptionId, network }, hosts, devices);
  const { id: connectionId, product } = connection;
  const origin = { subscriptionId, network, product, connectionId, jobId: run.jobId };
  const { resolved, assetsNew, assetsMerged, mergedInto } = await resolveAssets(tx, origin, devices);
  const stored = toStoredModules(hosts);
  const named = resolved.map(({ assetId, device }, index): NamedHost => {
    return { assetId, statements: device.statements, modules: stored[index]! };
  });
  const { left, kept, unnamed } = await replaceHosts(tx, { subscriptionId, id }, named);
  const touched = [...new Set([...left, ...kept, ...mergedInto])];
  const unsaid = await rewriteEvidence(tx, { subscriptionId, jobId: run.jobId }, touched);
  const gone = await forgetHosts(tx, { subscriptionId, network }, touched, unsaid);
  const refreshed = touched.filter((assetId) => !gone.includes(assetId));
  const { hostsNew, hostsUpdated } = await refreshHosts(tx, origin, refreshed);
  await retagAssets(tx, subscriptionId, refreshed, run.importedAt);
  await setOwnTag(tx, subscriptionId, PROJECT_TAG, { give: kept, take: unnamed }, nowMs);
  await rescoreAssets(tx, subscriptionId, refreshed);
  run.counts.assetsNew += assetsNew;
  run.counts.assetsMerged += assetsMerged;
  run.counts.hostsNew += hostsNew;
  run.counts.hostsUpdated += hostsUpdated;
  return notes;
}

/**
 * The same file has the time it had, so that importing it again changes nothing. Where the engineer's clock was ahead the
 * import's counts: every later version would be refused as an older one.
 */
function toSavedAt(run: ImportRun, { project, fileHash }: ReadProjectFile, known: KnownProjectFile | null): number {
  if (project?.savedAt && isPossibleTime(project.savedAt, run.importedAt)) return project.savedAt;
  return known?.fileHash === fileHash ? known.savedAt : run.importedAt;
}

/** What is known of a project gives way to a later version of it that was read to its end; else it stands, and it is said why. */
function refuseVersion(
  run: ImportRun,
  { project, name, isComplete }: ReadProjectFile,
  known: KnownProjectFile,
  savedAt: number,
): Issue | null {
  const saved = `the version of project ${project?.name ?? ""} saved at ${new Date(known.savedAt).toISOString()} stands`;
  const issue = { level: "refused" as const, where: name ?? "whole file" };
  if (known.savedAt > savedAt && isPossibleTime(known.savedAt, run.importedAt))
    return {
      ...issue,
      code: "project-older",
      message: `${saved}: this one was saved at ${new Date(savedAt).toISOString()}`,
    };
  return isComplete
    ? null
    : { ...issue, code: "project-incomplete", message: `${saved}: this file could be read in part only` };
}

function toRow(
  run: ImportRun,
  file: ReadProjectFile,
  known: KnownProjectFile | null,
  savedAt: number,
): Omit<ProjectFileRow, "id"> {
  const { project, isComplete, name, format, fileHash, uploadedBy } = file;
  const extension = project?.extension ?? format;
  return {
    network: run.connection.network,
    projectKey: project?.key ?? null,
    name: name ?? `${project?.name ?? "project"}.${extension}`,
    extension,
    vendor: project?.vendor ?? null,
    status: project === null ? "FAILED" : isComplete && !project.isPartial ? "PROCESSED" : "PARTIAL",
    fileHash,
    toolName: project?.toolName ?? null,
    toolVersion: project?.toolVersion ?? null,
    plantLocation: project?.plantLocation ?? file.plantLocation ?? known?.plantLocation ?? null,
    uploadedBy,
    savedAt,
    updatedAt: run.importedAt,
    jobId: run.jobId,
  };
}

/** Of an address that stands twice in the file the first host is known by it; the other keeps it as a statement. */
function toDevices(
  hosts: readonly ProjectHost<ProjectModuleRecord>[],
  { project, format }: ReadProjectFile,
  savedAt: number,
): DeviceStatements[] {
  const taken = new Set<string>();
  const take = (address: string) => !taken.has(address) && taken.add(address) !== undefined;
  return hosts.map((host) => {
    const { ref, ipAddresses, macAddresses } = host.module;
    const statements = toProjectStatements(host, format, savedAt);
    const macs = macAddresses.filter(isDeviceMac).filter(take);
    const sourceName = toSourceName(`${project!.key}/${ref}`);
    const addresses = [...ipAddresses.filter(isDeviceIp).filter(take), ...macs];
    return { sourceName, addresses, macAddresses: macs, serialKeys: serialKeysOf(statements), statements };
  });
}

function toSourceName(text: string): string {
  const name = text.toLowerCase();
  return name.length <= MAX_NAME_CHARS ? name : createHash("sha256").update(name).digest("hex");
}

/**
 * One address of a network is one device. Where the file and the wire tell different order or catalogue numbers there,
 * what the file says of the hardware is left out when the host is resolved; who imports should know.
 */
async function noteOtherHardware(
  tx: Transaction<unknown>,
  origin: { subscriptionId: number; network: string },
  hosts: readonly ProjectHost<ProjectModuleRecord>[],
  devices: readonly DeviceStatements[],
): Promise<Issue[]> {
  const seen = await listSeenNumbers(
    tx,
    origin,
    devices.flatMap(({ addresses }) => addresses),
  );
  return hosts.flatMap(({ module }, index): Issue[] => {
    const other = devices[index]!.addresses.flatMap((address) => seen.filter((one) => one.address === address)).find(
      (one) => isOtherHardware(one, module.hardware),
    );
    if (other === undefined) return [];
    const told = module.hardware.orderNumber ?? module.hardware.catalogNumber;
    const found = other.orderNumber ?? other.catalogNumber;
    const message = `the project has a ${told} at ${other.address}, where a ${found} was seen: what was seen counts`;
    return [{ level: "warning", code: "project-other-hardware", where: module.name, message }];
  });
}

/** By host its part of the tree. A module with an address of its own is a host, and stands in its chassis too: it is told as the host. */
function toStoredModules(hosts: readonly ProjectHost<ProjectModuleRecord>[]): StoredModule[][] {
  const places = new Map(hosts.flatMap(({ plugged }) => plugged.map(({ module, place }) => [module, place] as const)));
  const heads = new Set(hosts.map(({ module }) => module));
  return hosts.map(({ module, plugged }) => [
    { module, place: places.get(module) ?? null },
    ...plugged.filter((one) => !heads.has(one.module)),
  ]);
}
