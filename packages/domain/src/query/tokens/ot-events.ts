import type { TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";
import { endTokens } from "./ot-ends.ts";

/** What the `filter` of process-integrity event lists may use. */
export const otEventTable: TokenTable = {
  id: "ot-events",
  title: "OT events",
  description: "For the `filter` and `sort` of process-integrity event lists.",
  tokens: [
    token("event.id", "integer", "Number of the event.", "event.id:1017"),
    token("event.kind", "keyword", "What was asked of the controller.", "event.kind:[STOP, PROGRAM_DOWNLOAD]", {
      values: ["START", "STOP", "MODE_CHANGE", "RESET", "PROGRAM_DOWNLOAD", "PROGRAM_UPLOAD", "FIRMWARE_DOWNLOAD"],
      storedCase: "upper",
    }),
    token("event.protocol", "keyword", "Protocol that it was asked in.", "event.protocol:s7comm"),
    token("event.network", "text", "Network that the addresses are in.", "event.network:default"),
    ...endTokens("event"),
    token("event.detail", "text", "Operations in the protocol's own words.", 'event.detail:"DB 42"'),
    token("event.messageCount", "integer", "Messages that belong to it.", "event.messageCount>100"),
    token("event.started", "date", "Time of its first message.", "event.started>now-1d"),
    token("event.ended", "date", "Time of its last message.", "event.ended:[2026-01-01 .. 2026-01-31]"),
    token(
      "event.evidence.importId",
      "keyword",
      "Import of the capture that showed it.",
      "event.evidence.importId:0190b2c4-7f4e-7c51-9c39-5a3f4ad0b1aa",
      { storedCase: "lower" },
    ),
    token("event.evidence.frame", "integer", "Frame that began it, from 1.", "event.evidence.frame:108"),
  ],
  groups: [],
  foreign: [],
};
