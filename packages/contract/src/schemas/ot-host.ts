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
  purdueLevel: Type.Union([Type.Integer(), Type.Null()]),
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
    Type.Object({ rack: Type.Union([Type.Integer(), Type.Null()]), slot: Type.Integer(), ...Hardware.properties }),
  ),
  projectFiles: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  risk: Type.Integer({ minimum: 0, maximum: 1000 }),
  criticality: Type.Integer({ minimum: 1, maximum: 5 }),
  vulnerabilityCount: Type.Integer(),
  tags: Type.Array(Type.String()),
  created: Time,
  lastUpdated: Time,
});
