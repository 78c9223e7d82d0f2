import { expect, it } from "vitest";
import type { CaptureEvent } from "../records.ts";
import { parseZeek } from "./index.ts";

const ROW = { ts: 1_741_082_400.25, uid: "C1", "id.orig_h": "10.0.0.5", "id.resp_h": "10.0.0.9", proto: "tcp" };

async function eventsOf(...rows: object[]): Promise<CaptureEvent[]> {
  const log = rows
    .map((row) => `${JSON.stringify({ ...ROW, conn_state: "SF", service: "modbus", ...row })}\n`)
    .join("");
  async function* source() {
    yield Buffer.from(log);
  }
  const events: CaptureEvent[] = [];
  for await (const batch of parseZeek(source())) events.push(...batch);
  return events;
}

it("refuses a connection to a port that cannot be, and reads on", async () => {
  const events = await eventsOf({ "id.resp_p": 4_294_967_296 }, { "id.resp_p": 65_536 }, { "id.resp_p": 502 }, {});
  const ports = events.flatMap((event) => (event.type === "conversation" ? [event.conversation.server.port] : []));
  expect(ports).toEqual([502, null]);
  const refused = events.flatMap((event) => (event.type === "issue" ? [event.issue] : []));
  expect(refused.map(({ code, where }) => [code, where])).toEqual([
    ["zeek-record", "line 1"],
    ["zeek-record", "line 2"],
  ]);
});
