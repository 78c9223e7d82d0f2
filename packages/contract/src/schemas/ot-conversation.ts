import { Type } from "typebox";

const MaybeInteger = Type.Union([Type.Integer(), Type.Null()]);
const Text = Type.Union([Type.String(), Type.Null()]);
const Time = Type.String({ format: "date-time", description: "ISO 8601, UTC" });

const end = {
  address: Type.String({ description: "IP address, or the MAC of who has none" }),
  assetId: Type.Union([Type.Integer(), Type.Null()], { description: "Null for who is no host of the caller's scope" }),
  name: Text,
};

/** Two addresses that talked (ot.md 2.1): `client` is the side that opened or sent first. */
export const OtConversation = Type.Object({
  network: Type.String({ description: "Addresses are unique within it" }),
  client: Type.Object(end),
  server: Type.Object({ ...end, port: MaybeInteger }),
  transport: Type.String(),
  protocol: Text,
  firstSeen: Time,
  lastSeen: Time,
});
