import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

const Text = Type.Union([Type.String(), Type.Null()]);
const Time = Type.String({ format: "date-time", description: "ISO 8601, UTC" });

/** What is known of a piece of hardware; null where no source told. */
export const Hardware = Type.Object({
  manufacturer: Text,
  type: Text,
  category: Text,
  family: Text,
  model: Text,
  orderNumber: Text,
  catalogNumber: Text,
  serialNumber: Text,
  firmwareVersion: Text,
  hardwareRevision: Text,
});

/** One OT host (ot.md 1.2). */
export const OtHost = Type.Object({
  assetId: Type.Integer(),
  assetUuid: Uuid,
  name: Type.String(),
  ipAddress: Type.Array(Type.String()),
  macAddress: Type.Array(Type.String()),
  hardware: Hardware,
  operatingSystem: Text,
  purdueLevel: Type.Union([Type.Integer(), Type.Null()], { description: "Inferred, never a source's own word" }),
  inventory: Type.Array(Type.Object({ source: Type.String(), created: Time, lastUpdated: Time })),
  interfaces: Type.Array(
    Type.Object({
      address: Text,
      macAddress: Text,
      protocol: Text,
      transport: Type.Object({ protocol: Text }),
      port: Type.Union([Type.Integer(), Type.Null()]),
    }),
  ),
  modules: Type.Array(
    Type.Object({
      rack: Type.Union([Type.Integer(), Type.Null()]),
      slot: Type.Integer(),
      ...Hardware.properties,
      hostAddress: Type.Union([Type.String(), Type.Null()], {
        description:
          "Address at which the module is a host of its own; what runs on it and its detections are told there",
      }),
    }),
  ),
  projectFiles: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  risk: Type.Integer({ minimum: 0, maximum: 1000 }),
  criticality: Type.Integer({ minimum: 1, maximum: 5 }),
  vulnerabilityCount: Type.Integer(),
  tags: Type.Array(Type.String()),
  created: Time,
  lastUpdated: Time,
});

/** Where a host's description comes from (ot.md 2.1): own addition. */
export const OtHostEvidence = Type.Object({
  inferred: Type.Object(
    {
      role: Text,
      purdueLevel: Type.Union([Type.Integer(), Type.Null()]),
      reason: Text,
    },
    { description: "Concluded from type and traffic, never a source's own word" },
  ),
  evidence: Type.Array(
    Type.Object({
      field: Type.String({
        description: "Member of the hardware or a name; an address; `module:<rack>/<slot>:<member>`",
      }),
      value: Type.String(),
      standing: Type.Enum(["used", "agreeing", "conflict", "superseded"], {
        description:
          "Conflict: another value, from a better source, is shown. Superseded: its own source has said other since",
      }),
      protocol: Type.String(),
      source: Type.String(),
      confidence: Type.Integer({ minimum: 0, maximum: 100 }),
      firstSeen: Time,
      lastSeen: Time,
      importId: Uuid,
      frame: Type.Union([Type.Integer(), Type.Null()], { description: "From 1; null where no single frame says it" }),
    }),
    { description: "By field, the surest first; the first 5,000" },
  ),
});
