import type { ProjectFile, ProjectFileDetail, ProjectFileModule } from "@breakwater/contract/schemas/project-file";
import { type Hardware, hardwareFields } from "@breakwater/domain/ot/index";
import type { Static } from "typebox";
import type { ProjectFileListRow } from "./store.ts";
import type { StoredModule } from "./write-store.ts";

/** A project file as both versions of the API show it. */
export function toProjectFile(row: ProjectFileListRow): Static<typeof ProjectFile> {
  const { id, name, extension, vendor, status, fileHash, plantLocation, uploadedBy, assets } = row;
  return {
    id,
    name,
    extension,
    vendor,
    status,
    fileHash,
    engineeringToolName: row.toolName,
    engineeringToolVersion: row.toolVersion,
    plantLocation,
    uploadedBy,
    lastUpdated: row.updatedAt.toISOString(),
    assetCount: assets.length,
    assets,
  };
}

export function toProjectFileDetail(
  row: ProjectFileListRow,
  tree: readonly { assetId: number; modules: StoredModule[] }[],
): Static<typeof ProjectFileDetail> {
  const modules = tree.flatMap(({ assetId, modules: part }) => part.map((stored) => toModule(stored, assetId)));
  return { ...toProjectFile(row), modules };
}

function toModule({ module, place }: StoredModule, assetId: number): Static<typeof ProjectFileModule> {
  const { ref, parentRef, name, hardware, ipAddresses, keying } = module;
  return {
    id: ref,
    parentId: parentRef,
    assetId,
    name,
    rack: place?.rack ?? null,
    slot: place?.slot ?? null,
    ipAddress: ipAddresses,
    keying,
    firmwareIsProven: hardware.firmwareVersion === undefined || keying === "exact",
    ...(Object.fromEntries(hardwareFields.map((field) => [field, hardware[field] ?? null])) as Hardware),
  };
}
