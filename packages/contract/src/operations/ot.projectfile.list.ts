import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtListQuery } from "../schemas/paging.ts";
import { ProjectFile } from "../schemas/project-file.ts";

/** Project files: ot.md 1. */
export const otProjectfileList = defineOperation({
  id: "ot.projectfile.list",
  method: "GET",
  versions: { v1: "/ot/v1/projectfile/list", "1.0": "/ot/1.0/projectfile/list" },
  summary: "List project files",
  description:
    "Those that name a host of the caller's scope; with a scope over all assets, and for who sent them, also those that name none. A bare array; 404 when there is none at all. Total order: by `sort`, then by id.",
  access: { permission: "VMDR OT.API.ACCESS" },
  query: OtListQuery,
  hasCountHeader: true,
  responses: {
    200: {
      description: "A page of project files; empty when the filter matches none",
      schema: Type.Array(ProjectFile),
    },
    404: { description: "There is no project file in the caller's scope" },
  },
});
