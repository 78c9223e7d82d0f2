import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtHost } from "../schemas/ot-host.ts";
import { OtListQuery } from "../schemas/paging.ts";

/** OT hosts in the caller's scope: ot.md 1. */
export const otHostList = defineOperation({
  id: "ot.host.list",
  method: "GET",
  versions: { v1: "/ot/v1/host/list", "1.0": "/ot/1.0/host/list" },
  summary: "List OT hosts",
  description: "Total order: by `sort`, then by asset id. A page past the end is an empty list.",
  access: { permission: "VMDR OT.API.ACCESS" },
  query: OtListQuery,
  hasCountHeader: true,
  responses: { 200: { description: "A page of hosts", schema: Type.Object({ assets: Type.Array(OtHost) }) } },
});
