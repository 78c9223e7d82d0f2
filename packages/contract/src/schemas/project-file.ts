import { Type } from "typebox";
import { Hardware } from "./ot-host.ts";
import { Uuid } from "./uuid.ts";

const Text = Type.Union([Type.String(), Type.Null()]);
const MaybeInteger = Type.Union([Type.Integer(), Type.Null()]);

/** One project file (ot.md 1.2). `assets` are those of the caller's scope, and `assetCount` is their number. */
export const ProjectFile = Type.Object({
  id: Uuid,
  name: Type.String(),
  extension: Type.String({ description: "Lower case, without the dot" }),
  vendor: Text,
  status: Type.Enum(["PROCESSED", "PARTIAL", "FAILED"]),
  fileHash: Type.String({ description: "SHA-256, lower-case hexadecimal" }),
  engineeringToolName: Text,
  engineeringToolVersion: Text,
  plantLocation: Text,
  uploadedBy: Type.String(),
  lastUpdated: Type.String({ format: "date-time", description: "ISO 8601, UTC" }),
  assetCount: Type.Integer(),
  assets: Type.Array(
    Type.Object({ assetId: Type.Integer(), name: Type.String(), ipAddress: Type.Array(Type.String()) }),
  ),
});

/** An element of the project's hardware tree, as the file tells it. */
export const ProjectFileModule = Type.Object({
  id: Type.String({ description: "Within the file" }),
  parentId: Type.Union([Type.String(), Type.Null()], { description: "What it is plugged into or reached through" }),
  assetId: Type.Integer({ description: "The host that it is, or stands in" }),
  name: Type.String(),
  rack: MaybeInteger,
  slot: MaybeInteger,
  ipAddress: Type.Array(Type.String()),
  keying: Type.Union([Type.Enum(["exact", "compatible", "disabled"]), Type.Null()]),
  firmwareIsProven: Type.Boolean({
    description: "False: the keying does not hold the installed firmware to this version",
  }),
  ...Hardware.properties,
});

/** One project file with its tree: a parent stands before its children. */
export const ProjectFileDetail = Type.Object({ ...ProjectFile.properties, modules: Type.Array(ProjectFileModule) });
