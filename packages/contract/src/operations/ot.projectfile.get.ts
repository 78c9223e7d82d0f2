import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ProjectFileDetail } from "../schemas/project-file.ts";

/** One project file with its tree of modules: ot.md 1, own addition. */
export const otProjectfileGet = defineOperation({
  id: "ot.projectfile.get",
  method: "GET",
  versions: { "1.0": "/ot/1.0/projectfile/:projectFileId" },
  summary: "Look at a project file",
  access: { permission: "VMDR OT.API.ACCESS" },
  params: Type.Object({ projectFileId: Type.String({ maxLength: 100 }) }),
  responses: { 200: { description: "The project file; `modules` of hosts in scope", schema: ProjectFileDetail } },
});
