import { Type } from "typebox";
import { Uuid } from "./uuid.ts";

const Time = Type.String({ format: "date-time", description: "ISO 8601, UTC" });

/** What somebody does to a controller. */
export const OtEventKind = Type.Union(
  [
    Type.Literal("START"),
    Type.Literal("STOP"),
    Type.Literal("MODE_CHANGE"),
    Type.Literal("RESET"),
    Type.Literal("PROGRAM_DOWNLOAD"),
    Type.Literal("PROGRAM_UPLOAD"),
    Type.Literal("FIRMWARE_DOWNLOAD"),
  ],
  { description: "A download goes to the controller, an upload comes from it." },
);

const end = Type.Object({
  address: Type.String({ description: "IP address" }),
  assetId: Type.Union([Type.Integer(), Type.Null()], { description: "Null for who is no host of the caller's scope" }),
  name: Type.Union([Type.String(), Type.Null()]),
});

/** A process-integrity event (ot.md 2.1): what a client asked of a server, whether or not it was done. */
export const OtEvent = Type.Object({
  id: Type.Integer(),
  kind: OtEventKind,
  protocol: Type.String(),
  network: Type.String({ description: "Addresses are unique within it" }),
  client: end,
  server: end,
  detail: Type.String({ description: "Operations in the protocol's own words, the first ones when there are many" }),
  messageCount: Type.Integer({
    description: "Messages that belong to it: a program loaded in 1000 blocks is one event",
  }),
  started: Time,
  ended: Time,
  evidence: Type.Object({
    importId: Uuid,
    frame: Type.Integer({ description: "Of the message that began it, from 1" }),
  }),
});
