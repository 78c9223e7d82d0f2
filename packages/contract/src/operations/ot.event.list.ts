import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtEvent, OtEventKind } from "../schemas/ot-event.ts";
import { OtListQuery } from "../schemas/paging.ts";

/** What was done to controllers: ot.md 1, own addition. */
export const otEventList = defineOperation({
  id: "ot.event.list",
  method: "GET",
  versions: { "1.0": "/ot/1.0/event/list" },
  summary: "List process-integrity events",
  description:
    "Starts, stops, mode changes and transfers of programs and firmware that captures show: by `sort` and then by id, newest first without one. Those of which at least one end is a host of the caller's scope; with a scope over all assets all. Kept for 90 days after they were imported last.",
  access: { permission: "OT Network View Access" },
  query: Type.Object({
    ...OtListQuery.properties,
    kind: Type.Optional(OtEventKind),
    protocol: Type.Optional(Type.String({ maxLength: 50, description: "As in the records, e.g. `s7comm`" })),
    address: Type.Optional(Type.String({ maxLength: 45, description: "Either end" })),
    from: Type.Optional(Type.String({ format: "date-time", maxLength: 40, description: "Ended then or later" })),
    to: Type.Optional(Type.String({ format: "date-time", maxLength: 40, description: "Started before" })),
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of events", schema: Type.Array(OtEvent) } },
});
